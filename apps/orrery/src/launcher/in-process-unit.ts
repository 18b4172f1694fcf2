import type { Bus } from '@orrery/bus';
import { ORRERY_VERSION, type RunningService } from '@orrery/service';
import { CannotKillError, type Unit, type UnitStatus } from './unit.ts';

/** What an in-process unit needs at each start. */
export interface InProcessParts {
  readonly service: string;
  readonly instance: string;
  readonly processId: number;
  /** A connection of its own, as the service's own user. */
  connect(): Promise<Bus>;
  /** Starts the service on that connection. */
  launch(bus: Bus): Promise<RunningService>;
}

/** A service inside the launcher's process. */
export class InProcessUnit implements Unit {
  private running: { service: RunningService; bus: Bus } | undefined;

  constructor(private readonly parts: InProcessParts) {}

  get service(): string {
    return this.parts.service;
  }

  get instance(): string {
    return this.parts.instance;
  }

  async start(): Promise<void> {
    if (this.running) return;
    const bus = await this.parts.connect();
    try {
      this.running = { bus, service: await this.parts.launch(bus) };
    } catch (error) {
      await bus.close();
      throw error;
    }
  }

  async stop(): Promise<void> {
    const running = this.running;
    this.running = undefined;
    if (!running) return;
    await running.service.stop();
    await running.bus.close();
  }

  async kill(): Promise<void> {
    throw new CannotKillError(this.instance);
  }

  async status(): Promise<UnitStatus> {
    const status = this.running?.service.status();
    return {
      service: this.service,
      instance: this.instance,
      state: status ? 'running' : 'stopped',
      processId: status ? this.parts.processId : 0,
      healthy: status?.healthy ?? false,
      message: status?.checks.find((check) => !check.healthy)?.message ?? '',
      version: ORRERY_VERSION,
    };
  }
}
