import {
  type BeforeApplicationShutdown,
  type DynamicModule,
  Module,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import type { InformerContext } from '@orrery/client';
import type { ReconcilerInstance } from './reconciler/reconciler.ts';
import { ControllerRuntime } from './runtime/controller-runtime.ts';

export interface ControllerModuleOptions {
  readonly context: InformerContext;
  /** Makes the reconcilers; `runtime.informers` gives them their listers. */
  readonly reconcilers: (runtime: ControllerRuntime) => readonly ReconcilerInstance[];
}

/** Reconcilers in a Nest application: they start and stop with it. For one instance at a time; with several, use `LeaderElection`. */
@Module({})
// biome-ignore lint/complexity/noStaticOnlyClass: the form of a dynamic Nest module
export class ControllerModule {
  static register(options: ControllerModuleOptions): DynamicModule {
    return {
      module: ControllerModule,
      providers: [{ provide: RunningControllers, useFactory: () => new RunningControllers(options) }],
    };
  }
}

class RunningControllers implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly runtime: ControllerRuntime;

  constructor({ context, reconcilers }: ControllerModuleOptions) {
    this.runtime = new ControllerRuntime(context);
    for (const reconciler of reconcilers(this.runtime)) this.runtime.register(reconciler);
  }

  onApplicationBootstrap(): Promise<void> {
    return this.runtime.start();
  }

  beforeApplicationShutdown(): Promise<void> {
    return this.runtime.stop();
  }
}
