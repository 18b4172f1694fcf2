import { raftv1 } from '@orrery/proto';
import { invariant } from '@orrery/runtime';
import { Election } from './election/election.ts';
import { answerVoteRequest, standsByLeader } from './election/voting.ts';
import type { RaftLog } from './log/raft-log.ts';
import { MemberState } from './member-state.ts';
import { type ConfigurationChange, membersOf } from './membership/configuration.ts';
import { incarnationOf, NEWCOMER } from './membership/incarnations.ts';
import { NotLeaderError } from './raft-error.ts';
import type { RaftOptions } from './raft-options.ts';
import type { RaftStatus, Role } from './raft-status.ts';
import type { DurableWrite, Ready, SnapshotChunk, SnapshotRead } from './ready.ts';
import { Following } from './replication/following.ts';
import { Leadership } from './replication/leadership.ts';

const Type = raftv1.Message_Type;

/**
 * Raft as a pure state machine (Ongaro's dissertation; section numbers refer to it): messages, ticks and proposals in, `Ready` out.
 * It has no clock, no disk and no network, and never waits.
 *
 * This file holds the roles and what leads from one to the next; each topic has its folder.
 */
export class Raft {
  readonly #me: MemberState;
  readonly #following: Following;
  readonly #random: RaftOptions['random'];
  /** There exactly while this member leads. */
  #leadership: Leadership | undefined;
  /** There exactly while this member asks for votes. */
  #election: Election | undefined;
  /** Ticks without a leader after which this member asks for votes; drawn anew for each term and role (3.4). */
  #electionTimeout = 0;
  #openWrite: DurableWrite | undefined;

  constructor(options: RaftOptions) {
    this.#me = new MemberState(options);
    this.#following = new Following(this.#me);
    this.#random = options.random;
    this.#becomeFollower(this.#me.term, '');
  }

  // State.

  get id(): string {
    return this.#me.id;
  }
  get log(): RaftLog {
    return this.#me.log;
  }
  get role(): Role {
    if (this.#leadership !== undefined) return 'leader';
    if (this.#election === undefined) return 'follower';
    return this.#election.kind === 'pre-vote' ? 'pre-candidate' : 'candidate';
  }
  get term(): number {
    return this.#me.term;
  }
  /** Empty where none is known. */
  get leader(): string {
    return this.#me.leader;
  }
  /** As in `RaftStatus`. */
  get takenFor(): number {
    return this.#me.takenFor;
  }
  /** Has this leader committed an entry of its own term? Only then it knows what is committed. */
  get leadsWithCommit(): boolean {
    return this.#leadership?.knowsCommit === true;
  }
  /** The newest configuration in the log; it is in force although it may not be committed yet (4.1). */
  get configuration(): raftv1.Configuration {
    return this.#me.configuration;
  }
  /** Is this member the only one, with nobody just leaving? Then nobody else has seen what is not on its disk. */
  get isAlone(): boolean {
    const { configuration, id, shownTo, log } = this.#me;
    const isOnlyMember = membersOf(configuration).every((member) => member === id) && this.isMember;
    return isOnlyMember && this.#leadership?.replicator.isAlone !== false && shownTo <= log.stable;
  }
  /** Is this member part of the configuration in force, as voter or learner? One that joins is not before it is told so. */
  get isMember(): boolean {
    return this.#me.isMember;
  }

  status(): RaftStatus {
    const { log } = this;
    return {
      id: this.id,
      role: this.role,
      term: this.term,
      leader: this.leader,
      commit: log.committed,
      applied: log.applied,
      lastIndex: log.lastIndex,
      configuration: log.configuration,
      takenFor: this.takenFor,
      transferringTo: this.#leadership?.transferringTo ?? '',
      followers: this.#leadership?.replicator.status() ?? [],
    };
  }

  // In: time, proposals, reads.

  /** One unit of time has passed. */
  tick(): void {
    const me = this.#me;
    me.electionElapsed++;
    if (this.#leadership !== undefined) {
      // 6.2: a leader that hears of no majority steps down, so that clients look for another one.
      if (!this.#leadership.tick()) this.#becomeFollower(me.term, '');
    } else if (me.electionElapsed >= this.#electionTimeout) {
      me.leader = '';
      this.campaign();
    }
  }

  /** Asks for the leadership now, if this member counts (4.2.1). A member without others gets it at once. */
  campaign(): void {
    if (this.#leadership === undefined && this.#mayCampaign) this.#becomePreCandidate();
  }

  /** Appends one entry for each element, or none. Returns the index of the first. Throws what `raft-error.ts` names. */
  propose(data: readonly Uint8Array[]): number {
    return this.#mustLead().propose(data);
  }

  /** The change is in force from now on, and done when the entry is committed. Returns its index. Throws what `raft-error.ts` names. */
  proposeConfiguration(change: ConfigurationChange): number {
    return this.#mustLead().proposeConfiguration(change);
  }

  /** At the leader: has the learner caught up so well that it could count (4.2.1)? */
  isInSync(learner: string): boolean {
    return this.#leadership?.isInSync(learner) === true;
  }

  /**
   * Hands the leadership over (3.10): done when `leader` names `to`, given up after an election timeout when `status().transferringTo`
   * is empty again. A later call for another member replaces it. Throws `NotLeaderError` and `TransfereeError`.
   */
  transferLeadership(to: string): void {
    this.#mustLead().transferTo(to);
  }

  /**
   * Asks for a linearizable read; the answer comes in `Ready.reads` with the same context, or never, when a message or the leadership
   * was lost: ask again. Throws `NotLeaderError` where no leader is known.
   */
  readIndex(context: Uint8Array): void {
    if (this.#leadership !== undefined) this.#leadership.reads.accept(this.id, context, this.leadsWithCommit);
    else if (this.leader === '') throw new NotLeaderError(this.id, '');
    else
      this.#me.send({
        type: Type.TYPE_READ_INDEX,
        to: this.leader,
        toIncarnation: this.#me.leaderIncarnation,
        context,
      });
  }

  /** Forgets entries that are not on disk yet; for a single member whose disk refused them. Returns the first that is gone. */
  dropUnwritten(): number {
    invariant(this.isAlone, `${this.id} may not drop entries that others have seen`);
    this.log.dropUnstable();
    this.#openWrite = undefined;
    this.#me.hardStateIsNews = true;
    this.#leadership?.entriesDropped();
    return this.log.lastIndex + 1;
  }

  /** Gives up the leadership, for instance because the disk is full. */
  stepDown(): void {
    if (this.#leadership !== undefined) this.#becomeFollower(this.term, '');
  }

  // In: snapshots, from the shell.

  /** Is there anything to take a snapshot of? Not before this member knows who the members were at that point: one that joins hears of the first entries before that. */
  get maySnapshot(): boolean {
    const { log } = this;
    return log.applied > 0 && log.configurationAt(log.applied).voters.length > 0;
  }

  /** What a snapshot of the state machine as it is now must be labelled with, if there may be one; `bytes` is 0. */
  snapshotPoint(): raftv1.SnapshotMeta {
    const { applied } = this.log;
    const term = this.log.term(applied);
    invariant(term !== undefined, `${this.id} does not know the term of ${applied}`);
    invariant(this.maySnapshot, `${this.id} does not know who the members were at ${applied}`);
    return { index: applied, term, configuration: this.log.configurationAt(applied), bytes: 0 };
  }

  /**
   * A snapshot that ends at `meta.index` is durable. Entries up to `keepAfterIndex`, which is not beyond it, are forgotten; those behind it serve
   * slow followers, and let a snapshot that is being sent be continued with the log.
   */
  snapshotTaken(meta: raftv1.SnapshotMeta, keepAfterIndex: number): void {
    const { applied } = this.log;
    invariant(meta.index <= applied, `${this.id} has a snapshot of ${meta.index}, but applied only ${applied}`);
    if (meta.index > (this.#me.snapshot?.index ?? 0)) this.#me.snapshot = meta;
    this.log.discardTo(Math.min(keepAfterIndex, meta.index));
  }

  /** Answers one of `Ready.snapshotReads`. Ignored where nobody waits for it any more. */
  sendSnapshotChunk(read: SnapshotRead, data: Uint8Array, done: boolean): void {
    this.#leadership?.replicator.sendSnapshotPart(read, data, done);
  }

  /** The file is gone or unreadable. The follower gets the newest one when it is heard of again. */
  snapshotReadFailed(read: SnapshotRead): void {
    this.#leadership?.replicator.snapshotReadFailed(read);
  }

  /** `chunk`, which is not the last one, is written aside; it need not survive a crash. */
  snapshotChunkWritten(chunk: SnapshotChunk): void {
    this.#following.chunkWritten(chunk);
  }

  /** The snapshot whose last chunk was given out is what disk and state machine hold now. */
  snapshotInstalled(meta: raftv1.SnapshotMeta): void {
    this.#following.installed(meta);
  }

  /** What came was damaged or could not be written: it has to be sent anew. */
  snapshotRefused(): void {
    this.#following.refused();
  }

  // In: messages.

  /** Ignored are messages for others, and those of types that this code does not know: they come from newer members. */
  step(message: raftv1.Message): void {
    if (message.to !== this.id || !KNOWN_TYPES.has(message.type)) return;
    if (!this.#isMeant(message) || !this.#believes(message)) return;
    if (message.term > this.term && !this.#acceptNewerTerm(message)) return;
    if (message.term < this.term) {
      this.#answerStale(message);
      return;
    }
    switch (message.type) {
      case Type.TYPE_PRE_VOTE:
      case Type.TYPE_VOTE:
        answerVoteRequest(this.#me, message);
        return;
      case Type.TYPE_PRE_VOTE_RESPONSE:
      case Type.TYPE_VOTE_RESPONSE:
        this.#onVoteResponse(message);
        return;
      case Type.TYPE_APPEND:
        this.#followLeader(message);
        this.#following.onAppend(message);
        return;
      case Type.TYPE_HEARTBEAT:
        this.#followLeader(message);
        this.#following.onHeartbeat(message);
        return;
      case Type.TYPE_SNAPSHOT:
        this.#followLeader(message);
        this.#following.onSnapshot(message);
        return;
      case Type.TYPE_APPEND_RESPONSE:
        this.#leadership?.onAppendResponse(message);
        this.#leaveIfRemoved();
        return;
      case Type.TYPE_HEARTBEAT_RESPONSE:
        this.#leadership?.onHeartbeatResponse(message);
        return;
      case Type.TYPE_SNAPSHOT_RESPONSE:
        this.#leadership?.replicator.onSnapshotResponse(message);
        return;
      case Type.TYPE_READ_INDEX:
        this.#leadership?.reads.accept(message.from, message.context, this.leadsWithCommit);
        return;
      case Type.TYPE_READ_INDEX_RESPONSE:
        this.#me.reads.push({ context: message.context, index: message.logIndex });
        return;
      case Type.TYPE_TIMEOUT_NOW:
        // 3.10: the leader wants it, so there is nothing to find out before.
        if (this.role === 'follower' && this.#mayCampaign) this.#becomeCandidate(true);
        return;
    }
  }

  /** Is it for this life of the member (incarnations.ts)? One that joined is spoken to as whom it is, or greeted; the first life of a name as nobody in particular too. */
  #isMeant(message: raftv1.Message): boolean {
    const me = this.#me;
    const { type, toIncarnation } = message;
    const isMeant = toIncarnation === me.incarnation || (toIncarnation === 0 && !me.joined);
    if (FROM_LEADER.has(type)) me.takenFor = isMeant ? 0 : toIncarnation;
    if (!isMeant) this.#introduce(message);
    return isMeant;
  }

  /** Says who this is, and nothing else: neither term nor log nor vote has to do with it. */
  #introduce({
    type,
    from: to,
    fromIncarnation: toIncarnation,
    toIncarnation: meant,
    term,
    context,
  }: raftv1.Message): void {
    if (type === Type.TYPE_HEARTBEAT && meant === 0) {
      this.#me.send({ type: Type.TYPE_HEARTBEAT_RESPONSE, to, toIncarnation, term, context });
    }
    // Of the term that the other one is in, so that it stays there.
    if (type === Type.TYPE_PRE_VOTE) {
      this.#me.send({ type: Type.TYPE_PRE_VOTE_RESPONSE, to, toIncarnation, term: term - 1, reject: true });
    }
  }

  /** Does an answer come from the life that the configuration means? Who asks need not be in it: that of who is asked may be an old one. */
  #believes(message: raftv1.Message): boolean {
    const { from, fromIncarnation, type } = message;
    if (!TO_WHO_KNOWS.has(type)) return true;
    const { configuration, heardOf } = this.#me;
    const known = this.#leadership?.replicator.incarnationOf(from) ?? incarnationOf(configuration, from);
    if (known !== NEWCOMER) {
      if (known === undefined) this.#leadership?.heardOf(from, fromIncarnation);
      return known === undefined || known === fromIncarnation;
    }
    this.#leadership?.onNewcomer(message);
    const wasAsked = this.#election !== undefined && heardOf.get(from) === fromIncarnation;
    if (this.#election !== undefined) heardOf.set(from, fromIncarnation);
    return wasAsked && configuration.voters.length === 2;
  }

  /** Does the message count, now that its sender is in a newer term? Takes over the term where it should (3.3). */
  #acceptNewerTerm(message: raftv1.Message): boolean {
    const { type, term, reject } = message;
    if (standsByLeader(this.#me, message)) return false;
    // A pre-vote speaks of a term that nobody is in yet (9.6); the same goes for its grant.
    if (type === Type.TYPE_PRE_VOTE) return true;
    if (type === Type.TYPE_PRE_VOTE_RESPONSE && !reject) return true;
    this.#becomeFollower(term, '');
    return true;
  }

  /** Tells the sender of an old term that there is a newer one; without it a member with a higher term could never come back. */
  #answerStale({ type, from: to, fromIncarnation: toIncarnation }: raftv1.Message): void {
    if (FROM_LEADER.has(type)) {
      this.#me.promise({ type: Type.TYPE_APPEND_RESPONSE, to, toIncarnation, reject: true });
    } else if (type === Type.TYPE_PRE_VOTE) {
      this.#me.promise({ type: Type.TYPE_PRE_VOTE_RESPONSE, to, toIncarnation, reject: true });
    }
  }

  #followLeader({ from, fromIncarnation }: raftv1.Message): void {
    invariant(this.#leadership === undefined, `${this.id} and ${from} both lead in term ${this.term}`);
    if (this.#election !== undefined) this.#becomeFollower(this.term, from);
    this.#me.setLeader(from, fromIncarnation);
    this.#me.electionElapsed = 0;
  }

  #onVoteResponse(message: raftv1.Message): void {
    this.#election?.onResponse(message);
    this.#concludeElection();
  }

  // Out: Ready.

  /** What must happen now, or `undefined`. Each message, entry and read is given out once. */
  ready(committedMax = Number.MAX_SAFE_INTEGER): Ready | undefined {
    const me = this.#me;
    this.#leadership?.sendNews();
    const snapshotChunk =
      this.role === 'follower' ? this.#following.takeChunk(this.#openWrite !== undefined) : undefined;
    const { isInstalling } = this.#following;
    const write = isInstalling ? undefined : this.#takeWrite();
    const committed = isInstalling ? [] : me.log.takeCommitted(committedMax);
    const { messages, reads, snapshotReads } = me;
    const pieces = committed.length + messages.length + reads.length + snapshotReads.length;
    if (write === undefined && snapshotChunk === undefined && pieces === 0) return undefined;
    me.messages = [];
    me.reads = [];
    me.snapshotReads = [];
    return { messages, write, committed, reads, snapshotReads, snapshotChunk };
  }

  /** `write` is on disk, and its messages are being sent. */
  advance(write: DurableWrite): void {
    if (this.#openWrite !== write) return;
    this.#openWrite = undefined;
    if (write.hardState !== undefined) this.#me.termWritten(write.hardState.term);
    const last = write.entries.at(-1);
    if (last === undefined) return;
    this.log.stableTo(last);
    this.#leadership?.maybeCommit();
    this.#leaveIfRemoved();
  }

  #takeWrite(): DurableWrite | undefined {
    const me = this.#me;
    if (this.#openWrite !== undefined) return undefined;
    const entries = me.log.takeUnwritten();
    const messages = me.promises;
    const dirty = me.hardStateIsNews || entries.length > 0;
    if (!dirty && messages.length === 0) return undefined;
    const hardState = dirty ? { term: me.term, vote: me.vote, commit: me.log.committed } : undefined;
    me.hardStateIsNews = false;
    me.promises = [];
    this.#openWrite = { hardState, entries, messages };
    return this.#openWrite;
  }

  // Transitions.

  #becomeFollower(term: number, leader: string): void {
    this.#leaveRole();
    this.#me.setTerm(term);
    this.#me.leader = leader;
  }

  /** Finds out whether an election can be won, before it disturbs anybody (9.6). */
  #becomePreCandidate(): void {
    this.#leaveRole();
    this.#me.leader = '';
    this.#election = new Election(this.#me, 'pre-vote', false);
    this.#election.askForVotes();
    this.#concludeElection();
  }

  #becomeCandidate(leadershipTransfer: boolean): void {
    this.#leaveRole();
    this.#me.setTerm(this.term + 1);
    this.#me.voteForSelf();
    this.#election = new Election(this.#me, 'vote', leadershipTransfer);
    this.#election.askForVotes();
    this.#concludeElection();
  }

  #becomeLeader(): void {
    this.#leaveRole();
    this.#me.setLeader(this.id, this.#me.incarnation);
    this.#leadership = new Leadership(this.#me);
  }

  #leaveRole(): void {
    this.#leadership = undefined;
    this.#election = undefined;
    this.#me.electionElapsed = 0;
    this.#me.snapshotReads = [];
    const { electionTicks } = this.#me;
    this.#electionTimeout = electionTicks + this.#random.integer(Math.max(1, Math.floor(electionTicks / 2)));
  }

  #concludeElection(): void {
    const election = this.#election;
    if (election === undefined || election.outcome === 'open') return;
    if (election.outcome === 'lost') this.#becomeFollower(this.term, '');
    else if (election.kind === 'pre-vote') this.#becomeCandidate(false);
    else this.#becomeLeader();
  }

  /** 4.2.2: a leader that is not in the committed configuration any more has done its duty. */
  #leaveIfRemoved(): void {
    if (this.#leadership?.isRemoved !== true) return;
    this.#leadership.sayFarewell();
    this.#becomeFollower(this.term, '');
  }

  /** Nobody may whose log is being replaced. */
  get #mayCampaign(): boolean {
    return this.#me.mayLead && !this.#following.isInstalling;
  }

  #mustLead(): Leadership {
    if (this.#leadership === undefined) throw new NotLeaderError(this.id, this.leader);
    return this.#leadership;
  }
}

const FROM_LEADER: ReadonlySet<raftv1.Message_Type> = new Set([
  Type.TYPE_APPEND,
  Type.TYPE_HEARTBEAT,
  Type.TYPE_SNAPSHOT,
]);
/** To a leader or a candidate, who knows the members of its term. */
const TO_WHO_KNOWS: ReadonlySet<raftv1.Message_Type> = new Set([
  Type.TYPE_PRE_VOTE_RESPONSE,
  Type.TYPE_VOTE_RESPONSE,
  Type.TYPE_APPEND_RESPONSE,
  Type.TYPE_HEARTBEAT_RESPONSE,
  Type.TYPE_READ_INDEX,
  Type.TYPE_SNAPSHOT_RESPONSE,
]);
const KNOWN_TYPES: ReadonlySet<raftv1.Message_Type> = new Set([
  Type.TYPE_PRE_VOTE,
  Type.TYPE_PRE_VOTE_RESPONSE,
  Type.TYPE_VOTE,
  Type.TYPE_VOTE_RESPONSE,
  Type.TYPE_APPEND,
  Type.TYPE_APPEND_RESPONSE,
  Type.TYPE_HEARTBEAT,
  Type.TYPE_HEARTBEAT_RESPONSE,
  Type.TYPE_READ_INDEX,
  Type.TYPE_READ_INDEX_RESPONSE,
  Type.TYPE_TIMEOUT_NOW,
  Type.TYPE_SNAPSHOT,
  Type.TYPE_SNAPSHOT_RESPONSE,
]);
