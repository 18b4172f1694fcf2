/**
 * How well a learner follows, in rounds (4.2.1): a round begins with the leader's last index and ends when the learner has that. A learner whose
 * last round took less than an election timeout would not stop the commits for longer than that if it counted. One that has everything has just
 * finished a round in no time.
 */
export class CatchUp {
  /** The round is over when the learner has this; `undefined` while it has everything. */
  #target: number | undefined;
  /** Since the round began. */
  #ticks = 0;
  #lastRoundWasFast = false;

  constructor(private readonly electionTicks: number) {}

  tick(lastIndex: number, match: number): void {
    this.#ticks++;
    this.follow(lastIndex, match);
  }

  isInSync(lastIndex: number, match: number): boolean {
    this.follow(lastIndex, match);
    return this.#lastRoundWasFast && this.#ticks < this.electionTicks;
  }

  /** The learner has everything up to `match` now, the leader up to `lastIndex`. */
  follow(lastIndex: number, match: number): void {
    if (match >= lastIndex) this.#finishRound(true);
    else if (this.#target !== undefined && match >= this.#target) this.#finishRound(this.#ticks < this.electionTicks);
    if (match < lastIndex) this.#target ??= lastIndex;
  }

  #finishRound(wasFast: boolean): void {
    this.#lastRoundWasFast = wasFast;
    this.#target = undefined;
    this.#ticks = 0;
  }
}
