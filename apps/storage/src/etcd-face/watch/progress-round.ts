/** A client's question how far a stream is: answered when every watch of the stream has got there. */
export class ProgressRound<Watch> {
  readonly #missing: Set<Watch>;
  #revision: number;

  constructor(
    watches: Iterable<Watch>,
    revision: number,
    private readonly answer: (revision: number) => void,
  ) {
    this.#missing = new Set(watches);
    this.#revision = revision;
    this.#look();
  }

  get isOver(): boolean {
    return this.#missing.size === 0;
  }

  /** The watch has told everything up to `revision`. */
  reached(watch: Watch, revision: number): void {
    if (!this.#missing.delete(watch)) return;
    this.#revision = Math.min(this.#revision, revision);
    this.#look();
  }

  /** The watch is over and tells nothing any more. */
  without(watch: Watch): void {
    if (this.#missing.delete(watch)) this.#look();
  }

  #look(): void {
    if (this.isOver) this.answer(this.#revision);
  }
}
