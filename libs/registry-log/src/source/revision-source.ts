import type { Milliseconds } from '@orrery/runtime';

/** A key's value at one revision. */
export interface RevisionValue {
  readonly value: Uint8Array;
  readonly modRevision: number;
}

/** One key's change. `current` is undefined for a deletion, `previous` for a creation. */
export interface RevisionChange {
  readonly revision: number;
  /** The key's bytes as a string of one code unit each. */
  readonly key: string;
  /** By the clock of whoever proposed the change; 0 where the source does not say. */
  readonly time: Milliseconds;
  readonly current: RevisionValue | undefined;
  readonly previous: RevisionValue | undefined;
}

/**
 * The truth that the registry log tells: what each revision of the cluster's state has changed. It says the same about a revision whenever and
 * wherever it is asked, so that an entry that was lost can be written again as it was.
 */
export interface RevisionSource {
  /** Changes are known up to this revision. */
  readonly revision: number;
  /** Changes of this revision and of those before it are not known any more; 0: all are known. */
  readonly compactRevision: number;
  /** No revision before it has changed anything that is told; `undefined`: none has up to now. */
  readonly toldFrom: number | undefined;

  /** Empty where `revision` changed nothing that is told; `undefined` where its changes are not known any more, or not yet. */
  changesAt(revision: number): readonly RevisionChange[] | undefined;

  /** The cluster's newest revision, confirmed by a majority. Rejects where none can be reached. */
  newestRevision(): Promise<number>;

  /** Resolves when the cluster, and `revision` here, is at `revision` + 2 at least, unless it is beyond `revision` + 1 already. */
  skipRevisions(revision: number): Promise<void>;

  /**
   * Resolves when the changes after `after` are being collected, or from the oldest on that is still known. May be called at any time; cheap where
   * that is the case already.
   */
  follow(after: number): Promise<void>;

  /** Changes up to `revision` are in the log, and need not be kept. */
  release(revision: number): void;

  /** Somebody else publishes: nothing is needed until the next `follow`. */
  rest(): void;
}
