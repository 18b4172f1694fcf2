import type { NatsServer } from '@orrery/bus';
import type { Logger, Milliseconds, Timers } from '@orrery/runtime';
import type { Unit, UnitStatus } from './unit.ts';

const restartDelay: Milliseconds = 100;

/** The NATS server; started again when it ends unasked. */
export class BrokerUnit implements Unit {
  readonly service = 'nats';
  readonly instance = 'nats';
  private wanted = false;

  constructor(
    private readonly server: NatsServer,
    private readonly timers: Timers,
    private readonly logger: Logger,
    private readonly onProcess: (processId: number | undefined) => Promise<void>,
  ) {}

  async start(): Promise<void> {
    this.wanted = true;
    await this.server.start();
    await this.onProcess(this.server.processId);
  }

  async stop(): Promise<void> {
    this.wanted = false;
    await this.server.stop();
    await this.onProcess(undefined);
  }

  async kill(): Promise<void> {
    await this.server.kill();
    await this.ended();
  }

  /** The server is gone; unless that was wanted, it comes back. */
  async ended(): Promise<void> {
    await this.onProcess(undefined);
    if (this.wanted) this.timers.after(restartDelay, () => this.restart());
  }

  async status(): Promise<UnitStatus> {
    const processId = this.server.processId ?? 0;
    const up = processId !== 0;
    const state = up ? 'running' : this.wanted ? 'restarting' : 'stopped';
    return { service: this.service, instance: this.instance, state, processId, healthy: up, message: '', version: '' };
  }

  private restart(): void {
    if (!this.wanted) return;
    this.start().catch((error: unknown) => {
      this.logger.error('broker did not start again', { error });
      if (this.wanted) this.timers.after(restartDelay * 10, () => this.restart());
    });
  }
}
