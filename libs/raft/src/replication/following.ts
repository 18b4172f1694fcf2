import { raftv1 } from '@orrery/proto';
import { invariant } from '@orrery/runtime';
import type { MemberState } from '../member-state.ts';
import type { SnapshotChunk } from '../ready.ts';
import { SnapshotReceiving } from '../snapshot/snapshot-receiving.ts';

const Type = raftv1.Message_Type;

/** The follower's side of replication (3.5) and of snapshots (chapter 5). */
export class Following {
  readonly #receiving = new SnapshotReceiving();

  constructor(private readonly me: MemberState) {}

  /** While a snapshot takes the place of log and state, neither may change in another way. */
  get isInstalling(): boolean {
    return this.#receiving.isInstalling;
  }

  onAppend(message: raftv1.Message): void {
    if (this.isInstalling) return;
    const { log } = this.me;
    const { logIndex, logTerm } = message;
    const answer = { type: Type.TYPE_APPEND_RESPONSE, to: message.from, toIncarnation: message.fromIncarnation };
    if (logIndex < log.committed) {
      this.me.promise({ ...answer, logIndex: log.committed });
      return;
    }
    const last = log.maybeAppend({ index: logIndex, term: logTerm }, message.entries);
    if (last === undefined) {
      const hint = log.findConflictByTerm(logIndex, logTerm);
      this.me.promise({ ...answer, logIndex, reject: true, rejectHintIndex: hint.index, rejectHintTerm: hint.term });
      return;
    }
    log.commitTo(Math.min(message.commit, last));
    this.me.promise({ ...answer, logIndex: last });
  }

  onHeartbeat({ from, fromIncarnation, commit, context }: raftv1.Message): void {
    if (!this.isInstalling) this.me.log.commitTo(commit);
    this.me.send({ type: Type.TYPE_HEARTBEAT_RESPONSE, to: from, toIncarnation: fromIncarnation, context });
  }

  // Snapshots.

  onSnapshot({ from, snapshot: part }: raftv1.Message): void {
    const snapshot = part?.meta;
    if (part === undefined || snapshot === undefined || this.isInstalling) return;
    if (this.#hasAlready(snapshot)) {
      this.#receiving.forgetWaiting();
      this.me.promise({ type: Type.TYPE_APPEND_RESPONSE, ...this.#leader, logIndex: this.me.log.committed });
      return;
    }
    const offset = this.#receiving.take(from, part, snapshot);
    if (offset !== undefined) this.#answer(snapshot, offset);
  }

  /** What the shell should do now for a snapshot. The entries may have come another way meanwhile. */
  takeChunk(writeIsOpen: boolean): SnapshotChunk | undefined {
    const chunk = this.#receiving.waiting;
    if (chunk !== undefined && this.#hasAlready(chunk.snapshot)) this.#receiving.forgetWaiting();
    return this.#receiving.takeChunk(writeIsOpen);
  }

  chunkWritten(chunk: SnapshotChunk): void {
    const offset = this.#receiving.written(chunk);
    if (offset !== undefined && this.me.leader === chunk.from) this.#answer(chunk.snapshot, offset);
  }

  installed(snapshot: raftv1.SnapshotMeta): void {
    invariant(this.isInstalling, `${this.me.id} installed snapshot ${snapshot.index}, but was given none`);
    this.#receiving.finish();
    this.me.log.restore(snapshot);
    this.me.snapshot = snapshot;
    this.me.hardStateIsNews = true;
    if (this.me.leader !== '') {
      this.me.promise({ type: Type.TYPE_APPEND_RESPONSE, ...this.#leader, logIndex: snapshot.index });
    }
  }

  refused(): void {
    const snapshot = this.#receiving.finish();
    if (snapshot === undefined || this.me.leader === '') return;
    this.me.send({ type: Type.TYPE_SNAPSHOT_RESPONSE, ...this.#leader, logIndex: snapshot.index, reject: true });
  }

  /** What the log has too needs no snapshot; that it is one says that it is committed. */
  #hasAlready({ index, term }: raftv1.SnapshotMeta): boolean {
    const { log } = this.me;
    if (index > log.committed && log.term(index) === term) log.commitTo(index);
    return index <= log.committed;
  }

  /** Whom answers go to that come later than the message. */
  get #leader(): { readonly to: string; readonly toIncarnation: number } {
    return { to: this.me.leader, toIncarnation: this.me.leaderIncarnation };
  }

  #answer(snapshot: raftv1.SnapshotMeta, offset: number): void {
    this.me.send({
      type: Type.TYPE_SNAPSHOT_RESPONSE,
      ...this.#leader,
      logIndex: snapshot.index,
      snapshot: raftv1.SnapshotPart.create({ offset }),
    });
  }
}
