import type { Logger, Milliseconds, Timer, Timers } from '@orrery/runtime';

export interface WorkLoopOptions {
  readonly name: string;
  /** Work is done at least this often. */
  readonly interval: Milliseconds;
  /** The pause after the first failure; each further one doubles it, up to `interval`. */
  readonly retryDelay: Milliseconds;
}

/** Does one piece of level-triggered work again and again: when woken, at intervals, and after failures; never twice at once. */
export class WorkLoop {
  private running: Promise<void> | undefined;
  private again = false;
  private started = false;
  private timer: Timer | undefined;
  private failures = 0;

  constructor(
    /** Resolves to false where it should be tried again soon. */
    private readonly work: () => Promise<boolean>,
    private readonly options: WorkLoopOptions,
    private readonly timers: Timers,
    private readonly logger: Logger,
  ) {}

  start(): void {
    this.started = true;
    this.wake();
  }

  async stop(): Promise<void> {
    this.started = false;
    this.timer?.cancel();
    await this.running;
  }

  /** What has changed before this call is seen by a run that begins after it. */
  wake(): void {
    if (!this.started) return;
    this.again = true;
    this.running ??= this.run();
  }

  private async run(): Promise<void> {
    this.timer?.cancel();
    while (this.again && this.started) {
      this.again = false;
      const done = await this.safely();
      this.failures = done ? 0 : this.failures + 1;
    }
    // In the same turn in which nothing was left to do, so that no wake-up is lost.
    this.running = undefined;
    if (this.started) this.timer = this.timers.after(this.pause(), () => this.wake());
  }

  private async safely(): Promise<boolean> {
    try {
      return await this.work();
    } catch (error) {
      if (this.started) this.logger.warn('work failed and will be repeated', { work: this.options.name, error });
      return false;
    }
  }

  private pause(): Milliseconds {
    const { interval, retryDelay } = this.options;
    return this.failures === 0 ? interval : Math.min(interval, retryDelay * 2 ** (this.failures - 1));
  }
}
