import { raftv1 } from '@orrery/proto';
import { invariant } from '@orrery/runtime';
import { Progress } from './progress.ts';
import { RaftLog } from './raft-log.ts';
import type { RaftOptions } from './raft-options.ts';
import { decodeRound, encodeRound, ReadQueue } from './read-queue.ts';
import { type DurableWrite, NotLeaderError, type ReadState, type Ready } from './ready.ts';

const Type = raftv1.Message_Type;
const NO_DATA = new Uint8Array(0);

export type Role = 'follower' | 'pre-candidate' | 'candidate' | 'leader';

/**
 * Raft as a pure state machine (Ongaro's dissertation; section numbers refer to it): messages, ticks and proposals in, `Ready` out.
 * It has no clock, no disk and no network, and never waits.
 */
export class Raft {
  readonly id: string;
  readonly log: RaftLog;

  #role: Role = 'follower';
  #term = 0;
  /** Whom this member voted for in `#term`; empty: nobody. */
  #vote = '';
  /** Leader of `#term`; empty: not known. */
  #leader = '';
  #electionElapsed = 0;
  #heartbeatElapsed = 0;
  #electionTimeout = 0;

  /** Answers of the current election. */
  #votes = new Map<string, boolean>();
  /** The leader's view of the others. */
  #progress = new Map<string, Progress>();
  #readQueue = new ReadQueue();
  /** Reads that came before the leader's first own commit (6.4, step 1). */
  #earlyReads: { from: string; context: Uint8Array }[] = [];

  #messages: raftv1.Message[] = [];
  /** Messages that promise something about this member's disk. */
  #promises: raftv1.Message[] = [];
  #reads: ReadState[] = [];
  #openWrite: DurableWrite | undefined;
  #hardStateDirty = false;

  readonly #peers: readonly string[];
  readonly #options: Required<Omit<RaftOptions, 'hardState' | 'entries'>>;

  constructor(options: RaftOptions) {
    invariant(options.members.includes(options.id), `raft member ${options.id} is not among ${options.members}`);
    this.#options = { inflightMax: 64, batchMax: 1024, batchBytesMax: 1024 * 1024, ...options };
    this.id = options.id;
    this.#peers = options.members.filter((member) => member !== options.id);
    this.log = new RaftLog(options.entries);
    this.#term = options.hardState?.term ?? 0;
    this.#vote = options.hardState?.vote ?? '';
    this.log.commitTo(Math.min(options.hardState?.commit ?? 0, this.log.lastIndex));
    this.#becomeFollower(this.#term, '');
  }

  get role(): Role {
    return this.#role;
  }
  get term(): number {
    return this.#term;
  }
  /** Empty where none is known. */
  get leader(): string {
    return this.#leader;
  }
  get quorum(): number {
    return Math.floor(this.#options.members.length / 2) + 1;
  }
  /** Has this leader committed an entry of its own term? Only then it knows what is committed. */
  get leadsWithCommit(): boolean {
    return this.#role === 'leader' && this.log.term(this.log.committed) === this.#term;
  }

  // In: time, proposals, reads, messages.

  /** One unit of time has passed. */
  tick(): void {
    this.#electionElapsed++;
    if (this.#role === 'leader') this.#tickLeader();
    else if (this.#electionElapsed >= this.#electionTimeout) this.campaign();
  }

  /** Asks for the leadership now. A member without others gets it at once. */
  campaign(): void {
    if (this.#role === 'leader') return;
    this.#become('pre-candidate');
    this.#requestVotes(Type.TYPE_PRE_VOTE, this.#term + 1);
  }

  /** Appends one entry for each element. Throws `NotLeaderError`. Returns the index of the first. */
  propose(data: readonly Uint8Array[]): number {
    if (this.#role !== 'leader') throw new NotLeaderError(this.id, this.#leader);
    const first = this.log.lastIndex + 1;
    this.log.append(
      data.map((bytes, at) => ({
        index: first + at,
        term: this.#term,
        type: raftv1.Entry_Type.TYPE_NORMAL,
        data: bytes,
      })),
    );
    return first;
  }

  /**
   * Asks for a linearizable read; the answer comes in `Ready.reads` with the same context, or never, when a message or the leadership
   * was lost: ask again. Throws `NotLeaderError` where no leader is known.
   */
  readIndex(context: Uint8Array): void {
    if (this.#role === 'leader') this.#acceptRead(this.id, context);
    else if (this.#leader === '') throw new NotLeaderError(this.id, '');
    else this.#send({ type: Type.TYPE_READ_INDEX, to: this.#leader, context });
  }

  /** Forgets entries that are not on disk yet; for a single member whose disk refused them. Returns the first that is gone. */
  dropUnwritten(): number {
    invariant(this.#peers.length === 0, `${this.id} may not drop entries that others have seen`);
    this.log.dropUnstable();
    this.#openWrite = undefined;
    this.#hardStateDirty = true;
    return this.log.lastIndex + 1;
  }

  /** Gives up the leadership, for instance because the disk is full. */
  stepDown(): void {
    if (this.#role === 'leader') this.#becomeFollower(this.#term, '');
  }

  step(message: raftv1.Message): void {
    if (message.term > this.#term && !this.#acceptNewerTerm(message)) return;
    if (message.term < this.#term) {
      this.#answerStale(message);
      return;
    }
    switch (message.type) {
      case Type.TYPE_PRE_VOTE:
      case Type.TYPE_VOTE:
        this.#onVoteRequest(message);
        return;
      case Type.TYPE_PRE_VOTE_RESPONSE:
      case Type.TYPE_VOTE_RESPONSE:
        this.#onVoteResponse(message);
        return;
      case Type.TYPE_APPEND:
        this.#onAppend(message);
        return;
      case Type.TYPE_HEARTBEAT:
        this.#onHeartbeat(message);
        return;
      case Type.TYPE_APPEND_RESPONSE:
        this.#onAppendResponse(message);
        return;
      case Type.TYPE_HEARTBEAT_RESPONSE:
        this.#onHeartbeatResponse(message);
        return;
      case Type.TYPE_READ_INDEX:
        if (this.#role === 'leader') this.#acceptRead(message.from, message.context);
        return;
      case Type.TYPE_READ_INDEX_RESPONSE:
        this.#reads.push({ context: message.context, index: message.logIndex });
        return;
      default:
        return; // Of a version that knows more: what it means cannot be asked of this one.
    }
  }

  // Out: Ready.

  /** What must happen now, or `undefined`. Each message, entry and read is given out once. */
  ready(committedMax = Number.MAX_SAFE_INTEGER): Ready | undefined {
    if (this.#role === 'leader') this.#sendWhatIsNew();
    const write = this.#takeWrite();
    const committed = this.log.takeCommitted(committedMax);
    const [messages, reads] = [this.#messages, this.#reads];
    if (write === undefined && committed.length + messages.length + reads.length === 0) return undefined;
    this.#messages = [];
    this.#reads = [];
    return { messages, write, committed, reads };
  }

  /** `write` is on disk, and its messages are being sent. */
  advance(write: DurableWrite): void {
    if (this.#openWrite !== write) return;
    this.#openWrite = undefined;
    const last = write.entries.at(-1);
    if (last === undefined) return;
    this.log.stableTo(last);
    if (this.#role === 'leader') this.#maybeCommit();
  }

  #takeWrite(): DurableWrite | undefined {
    if (this.#openWrite !== undefined) return undefined;
    const entries = this.log.takeUnwritten();
    const messages = this.#promises;
    const dirty = this.#hardStateDirty || entries.length > 0;
    if (!dirty && messages.length === 0) return undefined;
    const hardState = dirty ? { term: this.#term, vote: this.#vote, commit: this.log.committed } : undefined;
    this.#hardStateDirty = false;
    this.#promises = [];
    this.#openWrite = { hardState, entries, messages };
    return this.#openWrite;
  }

  // Transitions.

  #become(role: Role): void {
    this.#role = role;
    this.#electionElapsed = 0;
    this.#heartbeatElapsed = 0;
    this.#votes = new Map();
    this.#progress = new Map();
    this.#readQueue = new ReadQueue();
    this.#earlyReads = [];
    const spread = Math.max(1, Math.floor(this.#options.electionTicks / 2));
    this.#electionTimeout = this.#options.electionTicks + this.#options.random.integer(spread);
    if (role === 'pre-candidate') this.#leader = '';
  }

  #becomeFollower(term: number, leader: string): void {
    this.#setTerm(term);
    this.#become('follower');
    this.#leader = leader;
  }

  #becomeCandidate(): void {
    this.#setTerm(this.#term + 1);
    this.#vote = this.id;
    this.#become('candidate');
    this.#requestVotes(Type.TYPE_VOTE, this.#term);
  }

  #becomeLeader(): void {
    this.#become('leader');
    this.#leader = this.id;
    for (const peer of this.#peers) {
      this.#progress.set(peer, new Progress(this.log.lastIndex + 1, this.#options.inflightMax));
    }
    this.propose([NO_DATA]);
  }

  #setTerm(term: number): void {
    if (term === this.#term) return;
    invariant(term > this.#term, `${this.id} would go back from term ${this.#term} to ${term}`);
    this.#term = term;
    this.#vote = '';
    this.#leader = '';
    this.#hardStateDirty = true;
  }

  // Elections.

  #requestVotes(type: raftv1.Message_Type, term: number): void {
    for (const to of this.#peers) {
      this.#promise({ type, to, term, logIndex: this.log.lastIndex, logTerm: this.log.lastTerm });
    }
    this.#countVote(this.id, true);
  }

  #countVote(from: string, granted: boolean): void {
    if (!this.#votes.has(from)) this.#votes.set(from, granted);
    const yes = [...this.#votes.values()].filter(Boolean).length;
    if (yes >= this.quorum) {
      if (this.#role === 'pre-candidate') this.#becomeCandidate();
      else this.#becomeLeader();
    } else if (this.#votes.size - yes >= this.quorum) {
      this.#becomeFollower(this.#term, '');
    }
  }

  /** Does the message count, now that its sender is in a newer term? Takes over the term where it should. */
  #acceptNewerTerm(message: raftv1.Message): boolean {
    const { type, term, from } = message;
    const asksForVote = type === Type.TYPE_VOTE || type === Type.TYPE_PRE_VOTE;
    const hearsLeader = this.#leader !== '' && this.#electionElapsed < this.#options.electionTicks;
    if (asksForVote && hearsLeader) return false; // 4.2.3: a member that was cut off must not disturb.
    if (type === Type.TYPE_PRE_VOTE) return true;
    if (type === Type.TYPE_PRE_VOTE_RESPONSE && !message.reject) return true;
    const fromLeader = type === Type.TYPE_APPEND || type === Type.TYPE_HEARTBEAT;
    this.#becomeFollower(term, fromLeader ? from : '');
    return true;
  }

  /** Tells the sender of an old term that there is a newer one; without it a member with a higher term could never come back. */
  #answerStale({ type, from }: raftv1.Message): void {
    if (type === Type.TYPE_APPEND || type === Type.TYPE_HEARTBEAT) {
      this.#promise({ type: Type.TYPE_APPEND_RESPONSE, to: from, reject: true });
    } else if (type === Type.TYPE_PRE_VOTE) {
      this.#promise({ type: Type.TYPE_PRE_VOTE_RESPONSE, to: from, reject: true });
    }
  }

  #onVoteRequest(message: raftv1.Message): void {
    const { type, from, term } = message;
    const pre = type === Type.TYPE_PRE_VOTE;
    const free = this.#vote === from || (this.#vote === '' && this.#leader === '') || (pre && term > this.#term);
    const grant = free && this.log.isUpToDate({ index: message.logIndex, term: message.logTerm });
    if (grant && !pre) {
      this.#electionElapsed = 0;
      this.#hardStateDirty ||= this.#vote !== from;
      this.#vote = from;
    }
    this.#promise({
      type: pre ? Type.TYPE_PRE_VOTE_RESPONSE : Type.TYPE_VOTE_RESPONSE,
      to: from,
      term: grant ? term : this.#term,
      reject: !grant,
    });
  }

  #onVoteResponse({ type, term, from, reject }: raftv1.Message): void {
    const expected = this.#role === 'pre-candidate' ? Type.TYPE_PRE_VOTE_RESPONSE : Type.TYPE_VOTE_RESPONSE;
    if (type !== expected || (this.#role !== 'candidate' && this.#role !== 'pre-candidate')) return;
    // A grant of another pre-vote round, from before this member's term moved on, says nothing about this one.
    if (type === Type.TYPE_PRE_VOTE_RESPONSE && !reject && term !== this.#term + 1) return;
    this.#countVote(from, !reject);
  }

  // The follower's side of replication.

  #followLeader(from: string): void {
    invariant(this.#role !== 'leader', `${this.id} and ${from} both lead in term ${this.#term}`);
    if (this.#role !== 'follower') this.#becomeFollower(this.#term, from);
    this.#leader = from;
    this.#electionElapsed = 0;
  }

  #onAppend(message: raftv1.Message): void {
    this.#followLeader(message.from);
    const { logIndex, logTerm } = message;
    const answer = { type: Type.TYPE_APPEND_RESPONSE, to: message.from };
    if (logIndex < this.log.committed) {
      this.#promise({ ...answer, logIndex: this.log.committed });
      return;
    }
    const last = this.log.maybeAppend({ index: logIndex, term: logTerm }, message.entries);
    if (last === undefined) {
      const hint = this.log.findConflictByTerm(logIndex, logTerm);
      this.#promise({ ...answer, logIndex, reject: true, rejectHintIndex: hint.index, rejectHintTerm: hint.term });
      return;
    }
    this.log.commitTo(Math.min(message.commit, last));
    this.#promise({ ...answer, logIndex: last });
  }

  #onHeartbeat({ from, commit, context }: raftv1.Message): void {
    this.#followLeader(from);
    this.log.commitTo(commit);
    this.#send({ type: Type.TYPE_HEARTBEAT_RESPONSE, to: from, context });
  }

  // The leader's side of replication.

  #tickLeader(): void {
    if (this.#electionElapsed >= this.#options.electionTicks) {
      this.#electionElapsed = 0;
      if (!this.#checkQuorum()) {
        this.#becomeFollower(this.#term, '');
        return;
      }
    }
    if (++this.#heartbeatElapsed >= this.#options.heartbeatTicks) this.#sendHeartbeats();
  }

  /** Has a majority been heard of since the last check (6.2)? */
  #checkQuorum(): boolean {
    let active = 1;
    for (const progress of this.#progress.values()) {
      if (progress.recentActive) active++;
      progress.recentActive = false;
    }
    return active >= this.quorum;
  }

  #sendHeartbeats(): void {
    this.#heartbeatElapsed = 0;
    this.#readQueue.closeRound();
    const context = encodeRound(this.#readQueue.round);
    for (const [to, { match }] of this.#progress) {
      this.#send({ type: Type.TYPE_HEARTBEAT, to, commit: Math.min(match, this.log.committed), context });
    }
  }

  /** Everything of one turn goes out together: new entries, the commit index, a round for the reads. */
  #sendWhatIsNew(): void {
    for (const [to, progress] of this.#progress) this.#sendAppends(to, progress);
    if (this.#readQueue.closeRound()) this.#sendHeartbeats();
  }

  #sendAppends(to: string, progress: Progress): void {
    while (!progress.paused) {
      const news = progress.next <= this.log.lastIndex;
      const commitIsNews = progress.commitSent < Math.min(this.log.committed, progress.next - 1);
      if (!news && !commitIsNews) return;
      this.#sendAppend(to, progress);
      if (!news) return;
    }
  }

  #sendAppend(to: string, progress: Progress): void {
    const logIndex = progress.next - 1;
    const entries = this.log.slice(logIndex, this.#options.batchMax, this.#options.batchBytesMax);
    const commit = this.log.committed;
    this.#send({ type: Type.TYPE_APPEND, to, logIndex, logTerm: this.log.term(logIndex), entries, commit });
    progress.commitSent = Math.min(commit, logIndex + entries.length);
    progress.sent(logIndex + entries.length);
  }

  #onAppendResponse(message: raftv1.Message): void {
    const progress = this.#progress.get(message.from);
    if (progress === undefined) return;
    progress.recentActive = true;
    if (message.reject) {
      const hint = this.log.findConflictByTerm(message.rejectHintIndex, message.rejectHintTerm);
      progress.rejected(message.logIndex, hint.index);
      return;
    }
    progress.accepted(message.logIndex);
    this.#maybeCommit();
  }

  #onHeartbeatResponse({ from, context }: raftv1.Message): void {
    const progress = this.#progress.get(from);
    if (progress === undefined) return;
    progress.heard();
    // Asks also where nothing is new: if what was sent got lost, the refusal says so.
    if (progress.match < this.log.lastIndex && !progress.paused) this.#sendAppend(from, progress);
    for (const read of this.#readQueue.acknowledge(from, decodeRound(context), this.quorum)) {
      this.#answerRead(read.from, read.context, read.index);
    }
  }

  /** What a majority has on disk is committed, provided that it ends in an entry of this term (3.6.2). */
  #maybeCommit(): void {
    const matches = [this.log.stable, ...[...this.#progress.values()].map(({ match }) => match)].sort((a, b) => b - a);
    const index = matches[this.quorum - 1] ?? 0;
    if (index <= this.log.committed || this.log.term(index) !== this.#term) return;
    this.log.commitTo(index);
    for (const { from, context } of this.#earlyReads.splice(0)) this.#acceptRead(from, context);
  }

  // Reads.

  #acceptRead(from: string, context: Uint8Array): void {
    if (!this.leadsWithCommit) this.#earlyReads.push({ from, context });
    else if (this.#peers.length === 0) this.#answerRead(from, context, this.log.committed);
    else this.#readQueue.add(from, context, this.log.committed);
  }

  #answerRead(to: string, context: Uint8Array, index: number): void {
    if (to === this.id) this.#reads.push({ context, index });
    else this.#send({ type: Type.TYPE_READ_INDEX_RESPONSE, to, context, logIndex: index });
  }

  // Sending.

  #send(message: Partial<raftv1.Message>): void {
    this.#messages.push(this.#complete(message));
  }

  #promise(message: Partial<raftv1.Message>): void {
    this.#promises.push(this.#complete(message));
  }

  #complete(message: Partial<raftv1.Message>): raftv1.Message {
    return { ...EMPTY_MESSAGE, from: this.id, term: this.#term, ...message };
  }
}

const EMPTY_MESSAGE = raftv1.Message.create();
