import type { raftv1 } from '@orrery/proto';

/**
 * What must happen now, as data. The parts are independent of each other unless said otherwise.
 *
 * Entries are encoded once: `encodedEntry(entry)` keeps the bytes, `encodeMessage(message)` reuses them for each follower, and a
 * write-ahead log can do the same.
 */
export interface Ready {
  /** To be sent now; they promise nothing about this member's disk. */
  readonly messages: readonly raftv1.Message[];
  /** To be put on disk, then reported with `advance`. While one write is open, no other is given out. */
  readonly write: DurableWrite | undefined;
  /** Decided entries in order, for the state machine. Each is given out once. Those of type configuration are for nobody but this core. */
  readonly committed: readonly raftv1.Entry[];
  /** Read requests of this member that may be answered once its state machine has applied `index`. */
  readonly reads: readonly ReadState[];
  /** At the leader: parts of a snapshot that somebody needs. Each is answered by `sendSnapshotChunk` or `snapshotReadFailed`. */
  readonly snapshotReads: readonly SnapshotRead[];
  /**
   * A part of a snapshot that the leader sent, to be written aside; then `snapshotChunkWritten`. At offset 0 a file begins anew. No second
   * one is given out before.
   *
   * With `done` the shell makes the snapshot the truth on its disk (log emptied, hard state kept), restores the state machine and calls
   * `snapshotInstalled`, or `snapshotRefused` where the data is damaged. Until then nothing else is given out for disk or state machine, and
   * no write is open, so that neither has to be put in order with it.
   */
  readonly snapshotChunk: SnapshotChunk | undefined;
}

/** A write that must survive a crash before `messages` are sent. */
export interface DurableWrite {
  /** Absent where neither term nor vote has changed and there are no entries. */
  readonly hardState: raftv1.HardState | undefined;
  /** The first may replace an older entry of the same index; all behind that one are then void. */
  readonly entries: readonly raftv1.Entry[];
  /** To be sent after the write, in order. */
  readonly messages: readonly raftv1.Message[];
}

export interface ReadState {
  /** As given to `readIndex`. */
  readonly context: Uint8Array;
  readonly index: number;
}

/** At most `bytesMax` bytes from `offset` on of the snapshot file that `snapshot` names. */
export interface SnapshotRead {
  readonly to: string;
  readonly snapshot: raftv1.SnapshotMeta;
  readonly offset: number;
  readonly bytesMax: number;
}

export interface SnapshotChunk {
  readonly from: string;
  readonly snapshot: raftv1.SnapshotMeta;
  readonly offset: number;
  readonly data: Uint8Array;
  /** It is the last one. */
  readonly done: boolean;
}
