import { tooManyRequests } from '@orrery/api';

/** Requests handled at once, by what they cost; watches and streams do not count once they are set up. */
const readsMax = 400;
const writesMax = 200;
const retryAfterSeconds = 1;

/** Refuses what is beyond the limits with 429, so that a flood does not take the server down. */
export class InFlightLimiter {
  private reads = 0;
  private writes = 0;

  get inFlight(): { readonly readOnly: number; readonly mutating: number } {
    return { readOnly: this.reads, mutating: this.writes };
  }

  /** Runs `work` within the limits. */
  async run<T>(mutating: boolean, work: () => Promise<T>): Promise<T> {
    if (mutating ? this.writes >= writesMax : this.reads >= readsMax) {
      throw tooManyRequests('too many requests, please try again later', retryAfterSeconds);
    }
    this.count(mutating, 1);
    try {
      return await work();
    } finally {
      this.count(mutating, -1);
    }
  }

  private count(mutating: boolean, by: number): void {
    if (mutating) this.writes += by;
    else this.reads += by;
  }
}
