import { createInformers, type InformerContext, type Informers } from '@orrery/client';
import { invariant } from '@orrery/runtime';
import type { ReconcilerInstance } from '../reconciler/reconciler.ts';
import { Controller } from './controller.ts';

/**
 * Runs reconcilers: fills the caches they need, keeps a queue of keys for each, calls `reconcile`, repeats what failed. One lifetime: after
 * `stop` make a new one.
 */
export class ControllerRuntime {
  /** Shared by all reconcilers; ask it for listers before `start`. */
  readonly informers: Informers;
  private readonly controllers: Controller[] = [];
  private state: 'new' | 'started' | 'stopped' = 'new';

  constructor(private readonly context: InformerContext) {
    this.informers = createInformers(context);
  }

  /** Adds a reconciler, an instance of a class with `@Reconciler()`. Only before `start`. */
  register(reconciler: ReconcilerInstance): void {
    invariant(this.state === 'new', 'reconcilers are registered before the runtime starts');
    const { api, host } = this.context;
    this.controllers.push(new Controller(reconciler, this.informers, api, host));
  }

  /** Resolves when all caches are filled and the workers run. */
  async start(): Promise<void> {
    invariant(this.state === 'new', 'a controller runtime starts once');
    this.state = 'started';
    await this.informers.start();
    for (const controller of this.controllers) await controller.start();
  }

  /** Resolves when nothing of it runs any more. May be called at any time and twice. */
  async stop(): Promise<void> {
    this.state = 'stopped';
    await Promise.all(this.controllers.map((controller) => controller.stop()));
    await this.informers.stop();
  }

  /** No controller has work now; work that is due later does not count. */
  idle(): boolean {
    return this.controllers.every((controller) => controller.idle());
  }
}
