import { raftv1 } from '@orrery/proto';
import { invariant } from '@orrery/runtime';
import { RaftLog } from './log/raft-log.ts';
import { isMember, isVoter, NOBODY } from './membership/configuration.ts';
import { candidateName, incarnationOf } from './membership/incarnations.ts';
import { DEFAULT_LIMITS, type RaftLimits, type RaftOptions } from './raft-options.ts';
import type { ReadState, SnapshotRead } from './ready.ts';
import { WIRE_VERSION } from './wire/wire.ts';

/** What a member knows and has to say in any role. The topics share it; the role itself is the business of `Raft`. */
export class MemberState {
  readonly id: string;
  /** 0: members have none. */
  readonly incarnation: number;
  /** This life began when the cluster was there already: it believes only who knows it. */
  readonly joined: boolean;
  readonly electionTicks: number;
  readonly heartbeatTicks: number;
  readonly limits: RaftLimits;
  readonly log: RaftLog;

  #term: number;
  /** Whom this member voted for in `#term`; empty: nobody. */
  #vote: string;
  /** Leader of `#term`; empty: not known, or not heard of any more. */
  leader = '';
  #leaderIncarnation = 0;
  /** Whoever was seen leading in `#term`: there is never a second one (3.4). */
  #leaderOfTerm = '';
  /** Ticks since the leader was heard of or a vote was given; at the leader since the last check of the quorum. */
  electionElapsed = 0;
  /** Term or vote are not on their way to the disk yet. */
  hardStateIsNews = false;
  /** The newest term that is known to be on disk. */
  #durableTerm: number;
  /** What the last leader that spoke to this name, and meant another incarnation, took it for; 0: none. */
  takenFor = 0;
  /** Voters that the configuration does not know and that were heard of, by what they called themselves. */
  readonly heardOf = new Map<string, number>();
  /** Last index that others may have seen of this member's own entries, as far as this process knows. */
  shownTo = 0;
  /** The newest one that is durable here: what slow followers are sent. */
  snapshot: raftv1.SnapshotMeta | undefined;

  /** To be sent at once. */
  messages: raftv1.Message[] = [];
  /** To be sent after the next write, because they promise something about this member's disk. */
  promises: raftv1.Message[] = [];
  reads: ReadState[] = [];
  snapshotReads: SnapshotRead[] = [];

  constructor(options: RaftOptions) {
    const { id, electionTicks, heartbeatTicks, hardState, snapshot, entries = [] } = options;
    this.id = id;
    this.incarnation = options.incarnation ?? 0;
    this.joined = options.joined ?? false;
    this.electionTicks = electionTicks;
    this.heartbeatTicks = heartbeatTicks;
    this.limits = { ...DEFAULT_LIMITS, ...options };
    const { configuration = NOBODY } = options;
    this.log = new RaftLog({ configuration, snapshot, entries });
    this.snapshot = snapshot;
    this.#term = hardState?.term ?? 0;
    this.#vote = hardState?.vote ?? '';
    this.#durableTerm = this.#term;
    invariant(this.#term >= this.log.lastTerm, `${id} is in term ${this.#term}, its log in ${this.log.lastTerm}`);
    this.log.commitTo(Math.min(hardState?.commit ?? 0, this.log.lastIndex));
  }

  get term(): number {
    return this.#term;
  }
  get vote(): string {
    return this.#vote;
  }
  /**
   * Is the term on disk? A leader says nothing before: one that needs nobody's vote but its own could die, forget the term, and lead in it once more with
   * other entries (3.8).
   */
  get termIsDurable(): boolean {
    return this.#durableTerm === this.#term;
  }
  get configuration(): raftv1.Configuration {
    return this.log.configuration;
  }
  get leaderIncarnation(): number {
    return this.#leaderIncarnation;
  }
  get isVoter(): boolean {
    return this.#isVoterOf(this.configuration);
  }
  get isMember(): boolean {
    return isMember(this.configuration, this.id) && this.#isMeantBy(this.configuration);
  }

  #isVoterOf(configuration: raftv1.Configuration): boolean {
    return isVoter(configuration, this.id) && this.#isMeantBy(configuration);
  }

  /** One that joined is not the first life of its name: in the log that it is told there may be a time when that one counted. */
  #isMeantBy(configuration: raftv1.Configuration): boolean {
    const known = incarnationOf(configuration, this.id);
    return this.incarnation === 0 || (known === undefined ? !this.joined : known === this.incarnation);
  }

  /**
   * Only who counts may lead (4.2.1). Who is being removed still may, because it can be needed until that is committed (4.2.2).
   */
  get mayLead(): boolean {
    const { log } = this;
    const isDecided = log.configurationIndex <= log.committed;
    return this.isVoter || (!isDecided && this.#isVoterOf(log.configurationAt(log.configurationIndex - 1)));
  }

  /** Does this member hear of a leader often enough to stand by it (4.2.3)? */
  get hearsLeader(): boolean {
    return this.leader !== '' && this.electionElapsed < this.electionTicks;
  }

  /** Terms only grow, and with a new one everything known of the old one is void (3.3). */
  setTerm(term: number): void {
    if (term === this.#term) return;
    invariant(term > this.#term, `${this.id} would go back from term ${this.#term} to ${term}`);
    this.#term = term;
    this.#vote = '';
    this.leader = '';
    this.#leaderOfTerm = '';
    this.hardStateIsNews = true;
  }

  /** One vote a term (3.4); the candidate as `candidateName` says. */
  voteFor(candidate: string): void {
    const free = this.#vote === '' || this.#vote === candidate;
    invariant(free, `${this.id} would vote for ${candidate} after ${this.#vote} in term ${this.#term}`);
    this.hardStateIsNews ||= this.#vote !== candidate;
    this.#vote = candidate;
  }

  voteForSelf(): void {
    this.voteFor(candidateName(this.id, this.incarnation));
  }

  termWritten(term: number): void {
    this.#durableTerm = term;
  }

  setLeader(leader: string, incarnation: number): void {
    const known = this.#leaderOfTerm;
    invariant(known === '' || known === leader, `${known} and ${leader} both lead in term ${this.#term}`);
    this.#leaderOfTerm = leader;
    this.leader = leader;
    this.#leaderIncarnation = incarnation;
  }

  send(message: Partial<raftv1.Message>): void {
    this.messages.push(this.#complete(message));
  }

  /** Sends `message` after everything known now is on disk. */
  promise(message: Partial<raftv1.Message>): void {
    this.promises.push(this.#complete(message));
  }

  #complete(message: Partial<raftv1.Message>): raftv1.Message {
    return { ...EMPTY_MESSAGE, from: this.id, fromIncarnation: this.incarnation, term: this.#term, ...message };
  }
}

const EMPTY_MESSAGE = raftv1.Message.create({ wireVersion: WIRE_VERSION });
