import type { raftv1 } from '@orrery/proto';

/** What must happen now, as data. The parts are independent of each other unless said otherwise. */
export interface Ready {
  /** To be sent now; they promise nothing about this member's disk. */
  readonly messages: readonly raftv1.Message[];
  /** To be put on disk, then reported with `advance`. While one write is open, no other is given out. */
  readonly write: DurableWrite | undefined;
  /** Decided entries in order, for the state machine. Each is given out once. */
  readonly committed: readonly raftv1.Entry[];
  /** Read requests of this member that may be answered once its state machine has applied `index`. */
  readonly reads: readonly ReadState[];
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

/** Only the leader takes proposals. Nothing was appended. */
export class NotLeaderError extends Error {
  override readonly name = 'NotLeaderError';
  constructor(
    readonly member: string,
    /** Empty where none is known. */
    readonly leader: string,
  ) {
    super(leader === '' ? `${member} knows no leader` : `${member} is not the leader, ${leader} is`);
  }
}
