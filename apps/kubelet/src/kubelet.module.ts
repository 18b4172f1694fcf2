import {
  type BeforeApplicationShutdown,
  type DynamicModule,
  Inject,
  Injectable,
  Module,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import type { Bus, Subjects } from '@orrery/bus';
import type { Host } from '@orrery/runtime';
import { BUS, CONFIG, contextProviders, HOST, type ServiceContext, SUBJECTS } from '@orrery/service';
import { Kubelet } from './kubelet.ts';
import type { KubeletConfig } from './kubelet-config.ts';

/** Starts and stops the kubelet with the application. */
@Injectable()
class KubeletLifecycle implements OnApplicationBootstrap, BeforeApplicationShutdown {
  constructor(@Inject(Kubelet) private readonly kubelet: Kubelet) {}

  onApplicationBootstrap(): Promise<void> {
    return this.kubelet.start();
  }

  beforeApplicationShutdown(): Promise<void> {
    return this.kubelet.stop();
  }
}

/**
 * One node. `node` registers it and keeps its Lease; `pod-workers` bring pods to what their objects say, by plans of `pod-lifecycle`;
 * `environment`, `volumes`, `images`, `resources` prepare containers; `probes` watch them; `server` and `logs` show them.
 */
@Module({})
class KubeletModule {}

export function kubeletModule(config: KubeletConfig, context: ServiceContext): DynamicModule {
  return {
    module: KubeletModule,
    providers: [
      ...contextProviders(config, context),
      {
        provide: Kubelet,
        inject: [CONFIG, HOST, BUS, SUBJECTS],
        useFactory: (own: KubeletConfig, host: Host, bus: Bus, subjects: Subjects) =>
          new Kubelet(own, host, bus, subjects),
      },
      KubeletLifecycle,
    ],
  };
}
