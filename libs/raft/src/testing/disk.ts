import type { raftv1 } from '@orrery/proto';
import type { DurableWrite } from '../ready.ts';

export interface SnapshotFile {
  readonly meta: raftv1.SnapshotMeta;
  readonly data: Uint8Array;
}

/** Snapshots kept at a time: the newest, and the one before for those who are just being sent it. */
const SNAPSHOTS_MAX = 2;

/** What of a member survives a crash. */
export class MemberDisk {
  /** Which life of the member this is, and whether it joined. */
  constructor(
    readonly incarnation = 0,
    readonly joined = false,
  ) {}

  hardState: raftv1.HardState | undefined;
  readonly entries: raftv1.Entry[] = [];
  readonly #snapshots: SnapshotFile[] = [];
  /** How often something was written. */
  writes = 0;

  get snapshot(): SnapshotFile | undefined {
    return this.#snapshots.at(-1);
  }

  snapshotAt(index: number): SnapshotFile | undefined {
    return this.#snapshots.find(({ meta }) => meta.index === index);
  }

  persist(write: DurableWrite): void {
    if (write.hardState === undefined) return;
    this.writes++;
    this.hardState = write.hardState;
    for (const entry of write.entries) {
      while ((this.entries.at(-1)?.index ?? 0) >= entry.index) this.entries.pop();
      this.entries.push(entry);
    }
  }

  addSnapshot(file: SnapshotFile): void {
    this.#snapshots.push(file);
    if (this.#snapshots.length > SNAPSHOTS_MAX) this.#snapshots.shift();
  }

  /** A snapshot from elsewhere takes the place of the log. */
  install(file: SnapshotFile): void {
    this.addSnapshot(file);
    this.entries.length = 0;
  }
}
