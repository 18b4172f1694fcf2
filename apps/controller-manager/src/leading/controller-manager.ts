import { BusApiClient, LeaderElection } from '@orrery/client';
import { ControllerRuntime } from '@orrery/controller';
import type { ServiceContext } from '@orrery/service';
import type { ControllerManagerConfig } from '../config/controller-manager-config.ts';
import { selectControllers } from '../config/controller-selection.ts';
import { ObjectGraph } from '../object-graph/object-graph.ts';
import { controllers } from './controllers.ts';

const user = 'system:kube-controller-manager';
const lease = { namespace: 'kube-system', name: 'kube-controller-manager' };

/** Runs the selected controllers while this instance leads. */
export class ControllerManager {
  readonly checkName = 'controllers';
  private readonly api: BusApiClient;
  private readonly election: LeaderElection;
  private readonly names: readonly string[];
  private readonly stopping = new AbortController();
  private alone: Promise<void> | undefined;
  private failure: string | undefined;

  constructor(
    private readonly config: ControllerManagerConfig,
    private readonly context: ServiceContext,
  ) {
    const { bus, subjects, host, instance } = context;
    this.names = selectControllers(Object.keys(controllers), config.controllers);
    this.api = new BusApiClient(bus, subjects, user, { timers: host.timers });
    this.election = new LeaderElection(this.api, host, { lease, identity: instance });
  }

  onApplicationBootstrap(): void {
    const lead = (signal: AbortSignal) => this.lead(signal);
    if (this.config.leaderElect) this.election.start(lead);
    else this.alone ??= lead(this.stopping.signal);
  }

  async beforeApplicationShutdown(): Promise<void> {
    this.stopping.abort();
    await this.election.stop();
    await this.alone;
  }

  health(): string | undefined {
    return this.failure;
  }

  /** One term of leading: fresh caches, all controllers, until `signal` aborts. */
  private async lead(signal: AbortSignal): Promise<void> {
    const { host, bus, subjects } = this.context;
    const runtime = new ControllerRuntime({ api: this.api, bus, subjects, host });
    const graph = new ObjectGraph({ api: this.api, bus, subjects, host });
    const { informers } = runtime;
    for (const name of this.names) {
      const make = controllers[name];
      if (make !== undefined) runtime.register(make({ config: this.config, api: this.api, informers, graph, host }));
    }
    const aborted = new Promise<void>((resolve) => {
      if (signal.aborted) resolve();
      signal.addEventListener('abort', () => resolve());
    });
    const running = this.run(runtime, graph, signal);
    await aborted;
    await runtime.stop();
    await graph.stop();
    await running;
  }

  private async run(runtime: ControllerRuntime, graph: ObjectGraph, signal: AbortSignal): Promise<void> {
    try {
      await graph.start();
      await runtime.start();
      this.failure = undefined;
      this.context.host.logger.info('controllers started', { controllers: this.names });
    } catch (error) {
      if (signal.aborted) return;
      this.failure = error instanceof Error ? error.message : String(error);
      this.context.host.logger.error('controllers did not start', { error });
    }
  }
}
