import { holdTime, type Timers } from '@orrery/runtime';

/** Lets no virtual time pass while a watch has not yet shown what is known to have happened: etcd itself lives in real time, where this does nothing. */
export class WatchLag {
  private state: 'closed' | 'opening' | 'open' = 'closed';
  private known = 0;
  private shown = 0;
  private release: (() => void) | undefined;

  constructor(private readonly timers: Timers) {}

  /** Something has happened at `revision`. */
  know(revision: number): void {
    this.known = Math.max(this.known, revision);
    this.review();
  }

  /** A watch is being opened that shows all from `startRevision` on. */
  opening(startRevision: number): void {
    this.state = 'opening';
    this.shown = startRevision - 1;
    this.review();
  }

  /** It has been opened, at a time when `revision` was the newest. */
  opened(revision: number): void {
    this.state = 'open';
    this.know(revision);
  }

  show(revision: number): void {
    this.shown = Math.max(this.shown, revision);
    this.review();
  }

  closed(): void {
    this.state = 'closed';
    this.review();
  }

  private review(): void {
    const lags = this.state === 'opening' || (this.state === 'open' && this.shown < this.known);
    if (!lags) {
      this.release?.();
      this.release = undefined;
      return;
    }
    if (this.release !== undefined) return;
    void holdTime(
      this.timers,
      new Promise<void>((resolve) => {
        this.release = resolve;
      }),
    );
  }
}
