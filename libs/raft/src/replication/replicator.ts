import { raftv1 } from '@orrery/proto';
import type { MemberState } from '../member-state.ts';
import { CatchUp } from '../membership/catch-up.ts';
import { isLearner, isMember, membersOf } from '../membership/configuration.ts';
import { encodeGreeting } from '../membership/greeting.ts';
import { incarnationOf } from '../membership/incarnations.ts';
import { majorityHolds } from '../quorum/quorum.ts';
import type { FollowerStatus } from '../raft-status.ts';
import type { SnapshotRead } from '../ready.ts';
import { SnapshotSending } from '../snapshot/snapshot-sending.ts';
import { InflightWindow } from './inflight-window.ts';
import { Progress } from './progress.ts';

const Type = raftv1.Message_Type;

/** How long a removed member is still told what happened, in election timeouts: enough to learn that it is removed. */
const FAREWELL_TIMEOUTS = 2;

/** The leader's side of replication (3.5, 10.2.1) and of snapshots (chapter 5): brings every other member's log to where its own is. */
export class Replicator {
  readonly #progress = new Map<string, Progress>();

  constructor(private readonly me: MemberState) {
    this.followConfiguration();
  }

  // Who is there.

  /** The configuration in force has changed. */
  followConfiguration(): void {
    const { configuration, id } = this.me;
    for (const member of membersOf(configuration)) {
      if (member === id) continue;
      const known = this.#progress.get(member);
      // One that was removed and comes back may come with an empty disk: what it once had counts no more.
      const progress = known === undefined || known.leavingTicks !== undefined ? this.#newProgress() : known;
      progress.incarnation = incarnationOf(configuration, member);
      this.#progress.set(member, progress);
    }
    for (const [member, progress] of this.#progress) {
      if (!isMember(configuration, member)) progress.leavingTicks ??= 0;
    }
  }

  /** Is nobody there, not even somebody who is just leaving? */
  get isAlone(): boolean {
    return this.#progress.size === 0;
  }

  tick(): void {
    const { log, electionTicks } = this.me;
    for (const [member, progress] of this.#progress) {
      progress.catchUp.tick(log.lastIndex, progress.match);
      if (progress.leavingTicks === undefined) continue;
      if (++progress.leavingTicks > FAREWELL_TIMEOUTS * electionTicks) this.#progress.delete(member);
    }
  }

  /** Has a majority been heard of since the last check (6.2)? */
  checkQuorum(): boolean {
    const { configuration, id } = this.me;
    const active = majorityHolds(
      configuration.voters,
      (voter) => voter === id || this.#progress.get(voter)?.recentActive === true,
    );
    for (const progress of this.#progress.values()) progress.beginCheck();
    return active;
  }

  /** Known to be on the member's disk. */
  match(member: string): number {
    return this.#progress.get(member)?.match ?? 0;
  }

  isInSync(member: string): boolean {
    const progress = this.#progress.get(member);
    return progress?.isActive === true && progress.catchUp.isInSync(this.me.log.lastIndex, progress.match);
  }

  /** The voter other than the leader that has most of the log; empty where there is none. */
  get mostAdvancedVoter(): string {
    const others = this.me.configuration.voters.filter((voter) => voter !== this.me.id);
    return others.reduce((best, voter) => (best === '' || this.match(voter) > this.match(best) ? voter : best), '');
  }

  status(): FollowerStatus[] {
    const { configuration, id } = this.me;
    const others = membersOf(configuration).filter((member) => member !== id);
    return others.sort().flatMap((member) => {
      const progress = this.#progress.get(member);
      if (progress === undefined) return [];
      const { state, match, next, isActive, sending } = progress;
      const pendingSnapshot =
        sending === undefined
          ? undefined
          : { index: sending.snapshot.index, offset: sending.offset, bytes: sending.snapshot.bytes };
      return [
        {
          member,
          learner: isLearner(configuration, member),
          state,
          match,
          next,
          recentActive: isActive,
          pendingSnapshot,
        },
      ];
    });
  }

  // Out.

  /** Says that the leader is there, with the commit index as far as the member is known to have it. */
  sendHeartbeats(context: Uint8Array): void {
    for (const [to, { match, incarnation, isNewcomer, since }] of this.#progress) {
      const address = { type: Type.TYPE_HEARTBEAT, to, toIncarnation: incarnation ?? 0 };
      if (isNewcomer) this.me.send({ ...address, context: encodeGreeting(this.me.term, since) });
      else this.me.send({ ...address, commit: Math.min(match, this.me.log.committed), context });
    }
  }

  /** Was this said by who was added, in answer to a greeting since then? */
  isFromNewcomer({ type, from, context }: raftv1.Message): boolean {
    const progress = this.#progress.get(from);
    if (type !== Type.TYPE_HEARTBEAT_RESPONSE || progress?.isNewcomer !== true) return false;
    return Buffer.compare(context, encodeGreeting(this.me.term, progress.since)) === 0;
  }

  /** Which life of the member is spoken to, also of one that was removed and is told so; `undefined`: whichever there is. */
  incarnationOf(member: string): number | undefined {
    return this.#progress.get(member)?.incarnation;
  }

  /** Sends what each member does not have yet, as far as its window allows: entries, the commit index, parts of a snapshot. */
  sendNews(): void {
    for (const [to, progress] of this.#progress) {
      if (progress.isNewcomer) continue;
      if (progress.sending !== undefined) this.#continueSnapshot(progress);
      else this.#sendAppends(to, progress);
    }
  }

  #sendAppends(to: string, progress: Progress): void {
    const { log } = this.me;
    while (!progress.paused) {
      const news = progress.next <= log.lastIndex;
      const commitIsNews = progress.commitSent < Math.min(log.committed, progress.next - 1);
      if (!news && !commitIsNews) return;
      if (!this.#sendAppend(to, progress) || !news) return;
    }
  }

  /** Returns whether it was sent: what is not in the log any more comes with a snapshot instead. */
  #sendAppend(to: string, progress: Progress): boolean {
    const { log, limits } = this.me;
    const logIndex = progress.next - 1;
    const logTerm = log.term(logIndex);
    if (logTerm === undefined) {
      this.#beginSnapshot(to, progress);
      return false;
    }
    const entries = log.slice(logIndex, limits.batchMax, limits.batchBytesMax);
    const last = logIndex + entries.length;
    const toIncarnation = progress.incarnation ?? 0;
    this.me.send({ type: Type.TYPE_APPEND, to, toIncarnation, logIndex, logTerm, entries, commit: log.committed });
    progress.commitSent = Math.min(log.committed, last);
    this.me.shownTo = Math.max(this.me.shownTo, last);
    progress.sent(last, log.bytesBetween(logIndex, last));
    return true;
  }

  // Snapshots.

  /** A member that is not there would only keep the file busy. */
  #beginSnapshot(to: string, progress: Progress): void {
    const { snapshot, log, limits } = this.me;
    if (!progress.isActive || snapshot === undefined || snapshot.index < log.offset) return;
    progress.beginSnapshot(new SnapshotSending(to, snapshot, limits.chunkBytesMax));
    this.#continueSnapshot(progress);
  }

  /** A newer snapshot replaces the one under way only where the log does not follow on that one any more: else it might never end. */
  #continueSnapshot(progress: Progress): void {
    const { sending } = progress;
    if (sending === undefined) return;
    if (sending.snapshot.index < this.me.log.offset) {
      progress.abortSnapshot();
      return;
    }
    const read = sending.takeRead();
    if (read !== undefined) this.me.snapshotReads.push(read);
  }

  sendSnapshotPart(read: SnapshotRead, data: Uint8Array, done: boolean): void {
    const sending = this.#progress.get(read.to)?.sending;
    if (sending?.readDone(read) !== true) return;
    this.#sendPart(read.to, { meta: read.snapshot, offset: read.offset, data, done });
  }

  snapshotReadFailed(read: SnapshotRead): void {
    const progress = this.#progress.get(read.to);
    if (progress?.sending?.readDone(read) === true) progress.abortSnapshot();
  }

  #sendPart(to: string, snapshot: raftv1.SnapshotPart): void {
    this.me.send({ type: Type.TYPE_SNAPSHOT, to, toIncarnation: this.incarnationOf(to) ?? 0, snapshot });
  }

  // In. Each returns whether the member has more of the log than was known.

  onAppendResponse(message: raftv1.Message): boolean {
    const progress = this.#progress.get(message.from);
    if (progress === undefined) return false;
    progress.recentActive = true;
    const { log } = this.me;
    if (message.reject) {
      const hint = log.findConflictByTerm(message.rejectHintIndex, message.rejectHintTerm);
      progress.rejected(message.logIndex, hint.index);
      return false;
    }
    const before = progress.match;
    progress.accepted(message.logIndex);
    progress.catchUp.follow(log.lastIndex, progress.match);
    return progress.match > before;
  }

  onHeartbeatResponse({ from }: raftv1.Message): void {
    const progress = this.#progress.get(from);
    if (progress === undefined) return;
    progress.heard();
    const { sending } = progress;
    if (sending !== undefined) {
      if (sending.awaitsAnswer) this.#sendPart(from, { ...NO_PART, meta: sending.snapshot, offset: sending.offset });
      return;
    }
    // Asks also where nothing is new: if what was sent got lost, the refusal says so.
    if (progress.match < this.me.log.lastIndex && !progress.paused) this.#sendAppend(from, progress);
  }

  onSnapshotResponse({ from, logIndex, reject, snapshot }: raftv1.Message): void {
    const progress = this.#progress.get(from);
    if (progress === undefined) return;
    progress.recentActive = true;
    const { sending } = progress;
    if (sending === undefined || sending.snapshot.index !== logIndex) return;
    if (reject) sending.refused();
    else sending.acknowledged(snapshot?.offset ?? 0);
  }

  #newProgress(): Progress {
    const { log, limits, electionTicks } = this.me;
    const inflight = new InflightWindow(limits.inflightMax, limits.inflightBytesMax);
    return new Progress(log.lastIndex + 1, inflight, new CatchUp(electionTicks), log.lastIndex);
  }
}

const NO_PART = raftv1.SnapshotPart.create();
