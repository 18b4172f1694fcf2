import { raftv1 } from '@orrery/proto';
import type { MemberState } from '../member-state.ts';
import {
  type ConfigurationChange,
  changed,
  encodeConfiguration,
  isLearner,
  isMember,
  isVoter,
  membersOf,
} from '../membership/configuration.ts';
import {
  changedWithIncarnations,
  countAlike,
  incarnationOf,
  NEWCOMER,
  unknownVoters,
  withIncarnation,
} from '../membership/incarnations.ts';
import { majorityValue } from '../quorum/quorum.ts';
import {
  ConfigurationPendingError,
  LeaderNotReadyError,
  LearnerNotInSyncError,
  ProposalTooLargeError,
  TooMuchUncommittedError,
  TransfereeError,
  TransferringError,
} from '../raft-error.ts';
import { ReadIndex } from '../reads/read-index.ts';
import { Replicator } from './replicator.ts';

const Type = raftv1.Message_Type;
const EntryType = raftv1.Entry_Type;
const NO_DATA = new Uint8Array(0);

/** What a leader does and knows, from its election to the end of its term. */
export class Leadership {
  readonly replicator: Replicator;
  readonly reads: ReadIndex;
  #heartbeatElapsed = 0;
  /** Data of the entries behind the commit index. */
  #uncommittedBytes: number;
  /** Members that the configuration does not know, by what they called themselves. */
  readonly #heardOf = new Map<string, number>();
  #transfer: { readonly to: string; ticks: number } | undefined;

  /** Begins with an entry of its own term: with that, everything before is committed too (3.6.2). */
  constructor(private readonly me: MemberState) {
    const { log } = me;
    this.replicator = new Replicator(me);
    this.reads = new ReadIndex(me);
    this.#uncommittedBytes = log.bytesBetween(log.committed, log.lastIndex);
    this.#append(EntryType.TYPE_NORMAL, [NO_DATA]);
    this.heardOf(me.id, me.incarnation);
  }

  /** Has this leader committed an entry of its own term? Only then it knows what is committed. */
  get knowsCommit(): boolean {
    const { log, term } = this.me;
    return log.term(log.committed) === term;
  }

  /** Has a configuration without this leader been committed? It leads until then, without counting itself, and no longer (4.2.2). */
  get isRemoved(): boolean {
    const { log, isVoter } = this.me;
    return !isVoter && log.configurationIndex <= log.committed;
  }

  get transferringTo(): string {
    return this.#transfer?.to ?? '';
  }

  // Time.

  /** Returns whether this leader may still believe in itself. */
  tick(): boolean {
    const { me } = this;
    this.replicator.tick();
    if (this.#transfer !== undefined && ++this.#transfer.ticks >= me.electionTicks) this.#transfer = undefined;
    if (me.electionElapsed >= me.electionTicks) {
      me.electionElapsed = 0;
      if (!this.replicator.checkQuorum()) return false;
    }
    if (++this.#heartbeatElapsed >= me.heartbeatTicks) this.#sendHeartbeats();
    return true;
  }

  /** Everything of one turn goes out together: new entries, the commit index, a round for the reads. */
  sendNews(): void {
    if (this.#heardOf.size > 0) this.#nameMembers();
    if (!this.me.termIsDurable) return;
    this.replicator.sendNews();
    if (this.reads.closeRound()) this.#sendHeartbeats();
  }

  #sendHeartbeats(): void {
    if (!this.me.termIsDurable) return;
    this.#heartbeatElapsed = 0;
    this.reads.closeRound();
    this.replicator.sendHeartbeats(this.reads.context);
  }

  // Proposals.

  propose(data: readonly Uint8Array[]): number {
    this.#mustTakeProposals();
    const { proposalBytesMax, uncommittedBytesMax } = this.me.limits;
    let bytes = 0;
    for (const { length } of data) {
      if (length > proposalBytesMax) throw new ProposalTooLargeError(length, proposalBytesMax);
      bytes += length;
    }
    // What comes when nothing waits is taken whatever its size: else it could never be.
    if (this.#uncommittedBytes > 0 && this.#uncommittedBytes + bytes > uncommittedBytesMax) {
      throw new TooMuchUncommittedError(this.#uncommittedBytes, uncommittedBytesMax);
    }
    return this.#append(EntryType.TYPE_NORMAL, data);
  }

  /** One change at a time (4.1), and none before an entry of the own term is committed (the correction of 2015 to 4.1). */
  proposeConfiguration(change: ConfigurationChange): number {
    this.#mustTakeProposals();
    const { log, term, limits, configuration } = this.me;
    if (this.#changeIsPending) throw new ConfigurationPendingError(log.configurationIndex);
    if (!this.knowsCommit) throw new LeaderNotReadyError(term);
    const next =
      this.me.incarnation === 0
        ? changed(configuration, change, limits.learnersMax)
        : changedWithIncarnations(configuration, change, limits.learnersMax);
    if (change.kind === 'promote' && !this.replicator.isInSync(change.member)) {
      throw new LearnerNotInSyncError(change.member);
    }
    const index = this.#append(EntryType.TYPE_CONFIGURATION, [encodeConfiguration(next)]);
    this.replicator.followConfiguration();
    // What it was before has nothing to do with what it becomes.
    this.#heardOf.delete(change.member);
    return index;
  }

  /** To know who the members are changes no majority, unless a voter is known with it that counted as down: nobody has to wait for the rest. */
  get #changeIsPending(): boolean {
    const { log, configuration } = this.me;
    return log.configurationIndex > log.committed && !countAlike(configuration, log.configurationAt(log.committed));
  }

  // Who the members are (incarnations.ts).

  /** A member that the configuration may not know yet has said who it is. */
  heardOf(member: string, incarnation: number): void {
    const { me } = this;
    if (me.incarnation === 0 || incarnation === 0) return;
    const isKnown = (incarnationOf(me.configuration, member) ?? NEWCOMER) !== NEWCOMER;
    if (!isKnown && isMember(me.configuration, member)) this.#heardOf.set(member, incarnation);
  }

  onNewcomer(message: raftv1.Message): void {
    if (this.replicator.isFromNewcomer(message)) this.heardOf(message.from, message.fromIncarnation);
  }

  /** Writes into the configuration whom its names mean. It changes no majority, so it is no change that an operator could have to wait for long. */
  #nameMembers(): void {
    const { configuration } = this.me;
    if (this.#hearsOnlyItself || !this.#mayName) return;
    let next = configuration;
    for (const [member, incarnation] of this.#heardOf) {
      const known = incarnationOf(next, member) ?? NEWCOMER;
      if (isMember(next, member) && known === NEWCOMER) next = withIncarnation(next, member, incarnation);
    }
    this.#heardOf.clear();
    if (next === configuration) return;
    this.#append(EntryType.TYPE_CONFIGURATION, [encodeConfiguration(next)]);
    this.replicator.followConfiguration();
  }

  /** While there are others to be named the leader waits for the first of them, and alone it needs no name. */
  get #hearsOnlyItself(): boolean {
    const { configuration, id } = this.me;
    const others = membersOf(configuration).filter((member) => member !== id);
    const unknown = others.some((member) => (incarnationOf(configuration, member) ?? NEWCOMER) === NEWCOMER);
    return others.length === 0 || (unknown && this.#heardOf.size === 1 && this.#heardOf.has(id));
  }

  /**
   * As with a change: nothing else may be under way, and an entry of the own term is committed. But a voter that was just added may be needed for that. It
   * has given neither vote nor promise before it is known, so to know it takes nothing from any majority there was. Where there is but one other voter, that
   * one is in every majority anyway.
   */
  get #mayName(): boolean {
    const { log, configuration } = this.me;
    if (log.configurationIndex <= log.committed) return this.knowsCommit;
    const before = log.configurationAt(log.committed);
    const isBeingAdded = unknownVoters(configuration).some((voter) => !isMember(before, voter));
    return isBeingAdded && (this.knowsCommit || configuration.voters.length === 2);
  }

  isInSync(learner: string): boolean {
    return isLearner(this.me.configuration, learner) && this.replicator.isInSync(learner);
  }

  #mustTakeProposals(): void {
    if (this.#transfer !== undefined) throw new TransferringError(this.#transfer.to);
  }

  #append(type: raftv1.Entry_Type, data: readonly Uint8Array[]): number {
    const { log, term } = this.me;
    const first = log.lastIndex + 1;
    log.append(data.map((bytes, at) => ({ index: first + at, term, type, data: bytes })));
    this.#uncommittedBytes += log.bytesBetween(first - 1, log.lastIndex);
    return first;
  }

  // Commit.

  /** What a majority has on disk is committed, provided that it ends in an entry of this term (3.6.2). */
  maybeCommit(): void {
    const { log, term, id, configuration } = this.me;
    const index = majorityValue(configuration.voters, (voter) =>
      voter === id ? log.stable : this.replicator.match(voter),
    );
    if (index <= log.committed || log.term(index) !== term) return;
    this.#uncommittedBytes -= log.bytesBetween(log.committed, index);
    log.commitTo(index);
    this.reads.commitIsKnown();
  }

  /** A member alone took back what its disk refused. */
  entriesDropped(): void {
    const { log } = this.me;
    this.#uncommittedBytes = log.bytesBetween(log.committed, log.lastIndex);
    this.replicator.followConfiguration();
  }

  // Handing over (3.10).

  /** Takes no proposals any more, brings `to` up to date and tells it to campaign; gives up after an election timeout. */
  transferTo(to: string): void {
    if (to === this.me.id || to === this.#transfer?.to) return;
    if (!isVoter(this.me.configuration, to)) throw new TransfereeError(to);
    this.#transfer = { to, ticks: 0 };
    this.#maybeHandOver(to);
  }

  #maybeHandOver(to: string): void {
    if (this.#transfer?.to !== to || this.replicator.match(to) !== this.me.log.lastIndex) return;
    this.#letCampaign(to);
  }

  #letCampaign(to: string): void {
    this.me.send({ type: Type.TYPE_TIMEOUT_NOW, to, toIncarnation: this.replicator.incarnationOf(to) ?? 0 });
  }

  /** A leader that is no longer a member tells the others its last commit, and one of them to go on (4.2.2). */
  sayFarewell(): void {
    this.replicator.sendNews();
    const to = this.replicator.mostAdvancedVoter;
    if (to !== '') this.#letCampaign(to);
  }

  // Answers.

  onAppendResponse(message: raftv1.Message): void {
    if (!this.replicator.onAppendResponse(message)) return;
    this.maybeCommit();
    this.#maybeHandOver(message.from);
  }

  onHeartbeatResponse(message: raftv1.Message): void {
    this.replicator.onHeartbeatResponse(message);
    this.reads.onHeartbeatResponse(message.from, message.context);
  }
}
