import type { RevisionChange, RevisionSource, RevisionValue } from '../source/revision-source.ts';

/** What one key becomes; `undefined`: it is deleted. */
export type Writes = Readonly<Record<string, string | undefined>>;

/** A cluster's history in memory, written by a test: one call of `write` is one revision. */
export class RecordedSource implements RevisionSource {
  readonly #state = new Map<string, RevisionValue>();
  /** Changes by revision; an empty cluster is at revision 1. */
  readonly #history = new Map<number, readonly RevisionChange[]>([[1, []]]);
  #revision = 1;
  #compactRevision = 0;
  /** Called after each revision. */
  onProgress: (() => void) | undefined;
  /** Undefined as long as the cluster is used for other things than objects. */
  toldFrom: number | undefined = 1;

  get revision(): number {
    return this.#revision;
  }
  get compactRevision(): number {
    return this.#compactRevision;
  }

  /** Keys and values as they are now. */
  get state(): ReadonlyMap<string, RevisionValue> {
    return this.#state;
  }

  write(writes: Writes): number {
    this.#revision++;
    const changes = Object.entries(writes).flatMap(([key, value]) => this.#change(key, value));
    this.#history.set(this.#revision, changes);
    this.onProgress?.();
    return this.#revision;
  }

  changesAt(revision: number): readonly RevisionChange[] | undefined {
    return this.#history.get(revision);
  }

  compact(revision: number): void {
    for (let gone = this.#compactRevision + 1; gone <= revision; gone++) this.#history.delete(gone);
    this.#compactRevision = revision;
  }

  /** The same cluster as it is now, from where its history goes another way: a backup, a member that was left behind. */
  copy(): RecordedSource {
    const copy = new RecordedSource();
    copy.#revision = this.#revision;
    copy.#compactRevision = this.#compactRevision;
    copy.toldFrom = this.toldFrom;
    copy.#history.clear();
    for (const [revision, changes] of this.#history) copy.#history.set(revision, changes);
    for (const [key, value] of this.#state) copy.#state.set(key, value);
    return copy;
  }

  async newestRevision(): Promise<number> {
    return this.#revision;
  }

  async skipRevisions(revision: number): Promise<void> {
    if (this.#revision > revision + 1) return;
    this.#revision = revision + 2;
    this.compact(this.#revision - 1);
    this.#history.set(this.#revision, []);
    this.onProgress?.();
  }

  async follow(): Promise<void> {
    // Everything is here.
  }

  release(): void {
    // `compact` decides how long the history is kept.
  }

  rest(): void {
    // Nothing runs.
  }

  /** None where a key is deleted that is not there. */
  #change(key: string, value: string | undefined): RevisionChange[] {
    const revision = this.#revision;
    const previous = this.#state.get(key);
    const current = value === undefined ? undefined : { value: new TextEncoder().encode(value), modRevision: revision };
    if (current === undefined && previous === undefined) return [];
    if (current === undefined) this.#state.delete(key);
    else this.#state.set(key, current);
    return [{ revision, key, time: revision * 1_000, current, previous }];
  }
}
