import type { Logger, Timer, Timers } from '@orrery/runtime';

/** Waits between a failed synchronization and the next attempt. */
const retryDelayMs = 1_000;

/** Runs one synchronization at a time; however many changes come meanwhile, they cause one more. A failed one is tried again. */
export class CoalescedSync {
  private wanted = false;
  private running: Promise<void> | undefined;
  private retry: Timer | undefined;
  private stopped = false;
  /** Why the last synchronization failed. */
  problem: string | undefined;

  constructor(
    private readonly sync: () => Promise<void>,
    private readonly timers: Timers,
    private readonly logger: Logger,
  ) {}

  /** Something has changed. */
  request(): void {
    this.wanted = true;
    if (!this.stopped) this.running ??= this.run();
  }

  /** Resolves when nothing runs any more. */
  async stop(): Promise<void> {
    this.stopped = true;
    this.retry?.cancel();
    await this.running;
  }

  private async run(): Promise<void> {
    while (this.wanted && !this.stopped) {
      this.wanted = false;
      try {
        await this.sync();
        this.problem = undefined;
      } catch (error) {
        this.problem = error instanceof Error ? error.message : String(error);
        this.logger.error('synchronization failed', { error });
        this.retry?.cancel();
        if (!this.stopped) this.retry = this.timers.after(retryDelayMs, () => this.request());
      }
    }
    this.running = undefined;
  }
}
