/** More work waited than the gate keeps. The work was not begun. */
export class OverloadedError extends Error {
  override readonly name = 'OverloadedError';
  constructor(readonly waitingMax: number) {
    super(`more than ${waitingMax} requests are waiting`);
  }
}

/** Runs up to `runningMax` pieces of work at once; up to `waitingMax` more wait, first come, first served. */
export class ConcurrencyGate {
  private runningCount = 0;
  private readonly waiting: (() => void)[] = [];
  private idle: (() => void)[] = [];

  constructor(
    private readonly runningMax: number,
    private readonly waitingMax: number,
  ) {}

  /** Throws `OverloadedError` when too many wait already. `work` handles its own errors. */
  run(work: () => Promise<void>): void {
    if (this.runningCount < this.runningMax) this.start(work);
    else if (this.waiting.length < this.waitingMax) this.waiting.push(() => this.start(work));
    else throw new OverloadedError(this.waitingMax);
  }

  /** Resolves when nothing runs and nothing waits. */
  async drained(): Promise<void> {
    if (this.runningCount > 0) await new Promise<void>((resolve) => this.idle.push(resolve));
  }

  private start(work: () => Promise<void>): void {
    this.runningCount += 1;
    void work().finally(() => {
      this.runningCount -= 1;
      const next = this.waiting.shift();
      if (next) next();
      else if (this.runningCount === 0) this.announceIdle();
    });
  }

  private announceIdle(): void {
    const { idle } = this;
    this.idle = [];
    for (const resolve of idle) resolve();
  }
}
