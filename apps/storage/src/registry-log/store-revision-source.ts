import type { KvStore } from '@orrery/kv';
import type { RevisionChange, RevisionSource } from '@orrery/registry-log';
import type { StorageResult } from '../state-machine/storage-result.ts';

export interface StoreRevisionSourceParts {
  /** The store as it is now; restoring a snapshot may replace it. */
  readonly store: () => KvStore;
  /** Resolves when this member's store holds everything that was acknowledged before. */
  readonly readBarrier: () => Promise<void>;
  /** Has the cluster go on behind `revision`. */
  readonly skipRevisions: (revision: number) => Promise<StorageResult>;
}

const SKIP_ATTEMPTS_MAX = 3;

/** The cluster cannot go on behind a revision at the moment; this member may not lead any more. */
export class RevisionsNotSkippedError extends Error {
  override readonly name = 'RevisionsNotSkippedError';
  constructor(
    readonly skipped: number,
    readonly revision: number,
  ) {
    super(`the cluster is at revision ${revision} and could not be brought beyond ${skipped}`);
  }
}

/** The store of a member that leads, as the registry log's truth. It holds its history itself, down to the last compaction. */
export class StoreRevisionSource implements RevisionSource {
  constructor(private readonly parts: StoreRevisionSourceParts) {}

  get revision(): number {
    return this.parts.store().revision;
  }

  get compactRevision(): number {
    return this.parts.store().compactRevision;
  }

  get toldFrom(): number | undefined {
    return this.parts.store().ownRevisionsFrom;
  }

  changesAt(revision: number): readonly RevisionChange[] | undefined {
    return this.parts.store().changesAt(revision);
  }

  async newestRevision(): Promise<number> {
    await this.parts.readBarrier();
    return this.revision;
  }

  /** A member that only believes to lead fails at the barrier, and so does not skip what its successor has long written. */
  async skipRevisions(revision: number): Promise<void> {
    for (let attempt = 1; (await this.newestRevision()) <= revision + 1; attempt++) {
      if (attempt > SKIP_ATTEMPTS_MAX) throw new RevisionsNotSkippedError(revision, this.revision);
      // The store skips nothing where a write was faster and has brought it beyond the revision.
      await this.parts.skipRevisions(Math.max(revision, this.revision));
    }
  }

  async follow(): Promise<void> {
    // The history is here anyway.
  }

  release(): void {
    // Compaction decides how long the history is kept.
  }

  rest(): void {
    // It costs nothing to be followed.
  }
}
