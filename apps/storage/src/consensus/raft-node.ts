import { NoSpaceError } from '@orrery/kv';
import type { raftv1 } from '@orrery/proto';
import {
  type ConfigurationChange,
  type DurableWrite,
  NotLeaderError,
  ProposalTooLargeError,
  type Raft,
  type RaftStatus,
  type Ready,
  type SnapshotChunk,
  type SnapshotRead,
  TooMuchUncommittedError,
  TransferringError,
} from '@orrery/raft';
import type { Logger, Milliseconds, Timer, Timers } from '@orrery/runtime';
import {
  kvErrorResult,
  type StorageResult,
  tooLarge,
  tooManyRequests,
  unavailable,
} from '../state-machine/storage-result.ts';
import type { WriteAheadLog } from '../wal/write-ahead-log.ts';
import { ConfigurationChanges } from './configuration-changes.ts';
import { HeldCommits } from './held-commits.ts';
import { LogWriter } from './log-writer.ts';
import { MistakenIdentity } from './mistaken-identity.ts';
import { LostProposalError } from './raft-node-errors.ts';
import type { SnapshotKeeper } from './snapshot-keeper.ts';
import { type Outcome, WaitingProposals } from './waiting-proposals.ts';
import { WaitingReads } from './waiting-reads.ts';
import { WaitingTransfers } from './waiting-transfers.ts';

export interface RaftNodeParts {
  readonly raft: Raft;
  readonly wal: Pick<WriteAheadLog, 'append' | 'seal'>;
  readonly snapshots: SnapshotKeeper;
  readonly timers: Timers;
  readonly logger: Logger;
  readonly tickMs: Milliseconds;
  /** Ticks that a proposal or read waits before it counts as lost. */
  readonly patienceTicks: number;
  /** Make learners voters as soon as they have caught up. */
  readonly autoPromote: boolean;
  send(message: raftv1.Message): void;
  /** Carries out one committed entry. */
  apply(entry: raftv1.Entry): StorageResult | undefined;
  /** Something was applied, or the leadership changed. */
  onProgress(): void;
  /** The node has stopped for good. */
  onFailure(): void;
}

/** Proposals that may wait at once; more are refused. */
const WAITING_MAX = 16_384;
/** Proposals that wait where nobody is made to wait for others. */
const SERVED_AT_ONCE_MAX = 4;
/** How long followers may learn later of a commit, where nothing else is to be said. */
const COMMIT_HOLD_MS = 5;
/** Entries applied, and batches of them, before others get a turn. */
const APPLY_BATCH = 512;
const ROUNDS_MAX = 4;

/**
 * Drives the Raft core: time in, messages in and out, writes to disk, entries to the state machine. While one write is on its way to the disk
 * everything that comes meanwhile gathers for the next: group commit.
 */
export class RaftNode {
  readonly #proposals = new WaitingProposals();
  readonly #reads = new WaitingReads();
  readonly #transfers = new WaitingTransfers();
  readonly #writer: LogWriter;
  readonly #changes: ConfigurationChanges;
  readonly #identity: MistakenIdentity;
  readonly #outgoing: HeldCommits;
  #tickTimer: Timer | undefined;
  #ticks = 0;
  #pumpIsDue = false;
  #stopped = false;
  #failure: Error | undefined;
  #wasLeader = false;

  constructor(private readonly parts: RaftNodeParts) {
    const onFailure = (error: unknown): void => this.#fail(error);
    this.#writer = new LogWriter({
      ...parts,
      onWritten: (write) => this.#written(write),
      onTakenBack: (index) => this.#proposals.giveUpFrom(index, kvErrorResult(new NoSpaceError())),
      onProgress: () => this.#pumpSoon(),
      onFailure,
    });
    this.#outgoing = new HeldCommits({ ...parts, holdMs: COMMIT_HOLD_MS });
    this.#identity = new MistakenIdentity(parts.patienceTicks, parts.logger);
    this.#changes = new ConfigurationChanges({ ...parts, committed: (index) => this.#committed(index), onFailure });
  }

  get isLeader(): boolean {
    return this.parts.raft.role === 'leader' && !this.#stopped;
  }
  /** Does this member lead, and has it applied all that was committed before its term? */
  get leadsUpToDate(): boolean {
    const { raft } = this.parts;
    return this.isLeader && raft.leadsWithCommit && raft.log.applied === raft.log.committed;
  }
  /** Empty where none is known. */
  get leader(): string {
    return this.parts.raft.leader;
  }
  get term(): number {
    return this.parts.raft.term;
  }
  get configuration(): raftv1.Configuration {
    return this.parts.raft.configuration;
  }
  /** Why this member can do nothing any more. */
  get failure(): Error | undefined {
    return this.#failure;
  }
  /** Is another data folder of this name what the cluster means by it? */
  get isTakenForAnother(): boolean {
    return this.parts.raft.takenFor !== 0;
  }
  get diskIsFull(): boolean {
    return this.#writer.diskIsFull;
  }

  status(): RaftStatus {
    return this.parts.raft.status();
  }

  start(): void {
    const { raft } = this.parts;
    if (raft.isAlone) raft.campaign();
    this.#keepTime();
    this.#pump();
  }

  /** Who waits is told that the outcome is not known. */
  stop(): void {
    this.#stopped = true;
    this.#tickTimer?.cancel();
    this.#writer.stop();
    this.#changes.stop();
    this.#outgoing.stop();
    this.#proposals.giveUpFrom(0, unavailable('storage is stopping'));
    this.#reads.giveUp();
    this.#transfers.giveUp();
  }

  receive(message: raftv1.Message): void {
    if (this.#stopped) return;
    this.#orFail(() => this.parts.raft.step(message));
    this.#pumpSoon();
  }

  /** Resolves with the result once the command is committed and carried out, or with the reason why that is not known. */
  propose(data: Uint8Array): Promise<StorageResult> {
    const { raft } = this.parts;
    if (this.#stopped || !this.isLeader) return Promise.resolve(unavailable('this member does not lead'));
    if (this.#proposals.size >= WAITING_MAX) return Promise.resolve(tooManyRequests());
    let index: number;
    try {
      index = raft.propose([data]);
    } catch (error) {
      return Promise.resolve(refusal(error));
    }
    return new Promise((resolve) => {
      this.#await(index, (outcome) => {
        if (outcome.kind === 'lost') resolve(outcome.reason);
        else resolve(outcome.result ?? unavailable('the entry was no command'));
      });
    });
  }

  /** Resolves when this member's state holds everything that was acknowledged before the call. Throws `ReadUnavailableError` and `TooManyReadsError`. */
  readBarrier(): Promise<void> {
    if (this.parts.raft.isAlone && this.leadsUpToDate) return Promise.resolve();
    const done = this.#reads.add();
    if (this.#stopped) this.#reads.giveUp();
    else this.#pumpSoon();
    return done;
  }

  /** Resolves when the change is committed. Throws what the Raft core refuses it with, `LostProposalError` and `NoSnapshotError`. */
  proposeConfiguration(change: ConfigurationChange): Promise<void> {
    if (this.#stopped) return Promise.reject(new NotLeaderError(this.parts.raft.id, ''));
    return this.#changes.propose(change);
  }

  #committed(index: number): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#await(index, (outcome) => {
        if (outcome.kind === 'applied') resolve();
        else reject(new LostProposalError(reasonOf(outcome.reason)));
      });
    });
  }

  /** Resolves when `to` leads. Throws what the Raft core refuses it with, and `TransferFailedError` where nothing came of it. */
  async transferLeadership(to: string): Promise<void> {
    const { raft } = this.parts;
    if (this.#stopped) throw new NotLeaderError(raft.id, '');
    if (raft.role === 'leader' && to === raft.id) return;
    raft.transferLeadership(to);
    const done = this.#transfers.add(to, this.#ticks + this.parts.patienceTicks);
    this.#pumpSoon();
    await done;
  }

  /** Before leaving: a leader makes the voter lead that is closest behind it. Resolves also where nothing came of it, at once where nobody is there. */
  async handOver(): Promise<void> {
    const { logger } = this.parts;
    const voters = this.status().followers.filter(({ learner, recentActive }) => !learner && recentActive);
    const [successor] = voters.sort((a, b) => b.match - a.match);
    if (!this.isLeader || successor === undefined) return;
    try {
      await this.transferLeadership(successor.member);
    } catch (error) {
      logger.info('the leadership could not be handed over', { error, to: successor.member });
    }
  }

  #await(index: number, answer: (outcome: Outcome) => void): void {
    const { raft, patienceTicks } = this.parts;
    this.#proposals.add(index, raft.term, this.#ticks + patienceTicks, answer);
    this.#pumpSoon();
  }

  /** A member alone needs neither messages nor ticks. */
  #keepTime(): void {
    const { raft, timers, tickMs } = this.parts;
    if (raft.isAlone === (this.#tickTimer === undefined)) return;
    this.#tickTimer?.cancel();
    this.#tickTimer = raft.isAlone ? undefined : timers.every(tickMs, () => this.#tick());
  }

  #tick(): void {
    this.#ticks++;
    this.#orFail(() => this.parts.raft.tick());
    this.#identity.tick(this.parts.raft.takenFor);
    this.#proposals.giveUpAt(this.#ticks, unavailable('no majority confirmed the change in time'));
    this.#reads.giveUpAt(this.#ticks);
    for (const context of this.#reads.unanswered()) this.#askLeader(context);
    if (this.parts.autoPromote && this.leadsUpToDate) this.#changes.promoteWhoCaughtUp();
    const taking = this.parts.snapshots.takeIfNeeded();
    if (taking !== undefined) void this.#guarded(taking);
    this.#pump();
  }

  /** Where many wait, what all of them send in one turn of the event loop makes one batch; a few are served at once. */
  #pumpSoon(): void {
    if (this.#pumpIsDue) return;
    this.#pumpIsDue = true;
    if (this.#proposals.size > SERVED_AT_ONCE_MAX) this.parts.timers.soon(() => this.#pump());
    else queueMicrotask(() => this.#pump());
  }

  #pump(): void {
    this.#pumpIsDue = false;
    if (this.#stopped) return;
    const { raft, patienceTicks } = this.parts;
    this.#orFail(() => {
      if (this.#reads.isNew) this.#askLeader(this.#reads.close(this.#ticks + patienceTicks));
      if (!this.#doAll()) this.#pumpAfterOthers();
      this.#reads.release(raft.log.applied);
      this.#noticeLeadership();
      this.#noticeTransfers();
      this.#keepTime();
      this.#tidyUp();
    });
  }

  /** False where there is more to do, but others should get a turn first. */
  #doAll(): boolean {
    for (let round = 0; round < ROUNDS_MAX; round++) {
      const ready = this.parts.raft.ready(APPLY_BATCH);
      if (ready === undefined) return true;
      this.#do(ready);
    }
    return false;
  }

  #pumpAfterOthers(): void {
    if (this.#pumpIsDue) return;
    this.#pumpIsDue = true;
    this.parts.timers.soon(() => this.#pump());
  }

  #do({ messages, committed, reads, write, snapshotReads, snapshotChunk }: Ready): void {
    for (const message of messages) this.#outgoing.send(message);
    for (const entry of committed) this.#apply(entry);
    for (const { context, index } of reads) this.#reads.answered(context, index);
    if (committed.length > 0) this.parts.onProgress();
    if (write?.hardState !== undefined) void this.#writer.write(write);
    else if (write !== undefined) this.#finish(write);
    for (const read of snapshotReads) void this.#guarded(this.#sendSnapshot(read));
    if (snapshotChunk !== undefined) void this.#guarded(this.#receiveSnapshot(snapshotChunk));
  }

  #apply(entry: raftv1.Entry): void {
    const result = this.parts.apply(entry);
    this.#proposals.applied(entry.index, entry.term, result, unavailable('another leader took over'));
  }

  /** A write is safe: what waited for it can go on. */
  #written(write: DurableWrite): void {
    this.#orFail(() => this.#finish(write));
    this.#pump();
  }

  #finish(write: DurableWrite): void {
    this.parts.raft.advance(write);
    for (const message of write.messages) this.#outgoing.send(message);
  }

  async #sendSnapshot(read: SnapshotRead): Promise<void> {
    await this.parts.snapshots.send(read);
    this.#pumpSoon();
  }

  async #receiveSnapshot(chunk: SnapshotChunk): Promise<void> {
    const received = await this.parts.snapshots.receive(chunk);
    this.#writer.noteDisk(received === 'disk-full');
    if (received === 'installed') this.parts.onProgress();
    this.#pumpSoon();
  }

  /** After the work: what may be forgotten, and a snapshot that is due. */
  #tidyUp(): void {
    const { raft, snapshots } = this.parts;
    if (!this.#changes.areUnderWay) {
      if (raft.isAlone) raft.log.discardTo(raft.log.applied);
      else snapshots.trim();
    }
    const taking = snapshots.takeIfDue();
    if (taking !== undefined) void this.#guarded(taking);
  }

  #askLeader(context: Uint8Array): void {
    if (this.leader !== '') this.parts.raft.readIndex(context);
  }

  #noticeLeadership(): void {
    if (this.isLeader === this.#wasLeader) return;
    this.#wasLeader = this.isLeader;
    const { raft, logger } = this.parts;
    if (this.#wasLeader) logger.info('leads the storage cluster', { term: raft.term });
    else this.#proposals.giveUpFrom(0, unavailable('the leadership was lost'));
    this.parts.onProgress();
  }

  #noticeTransfers(): void {
    if (this.#transfers.isEmpty) return;
    const { leader, isLeader } = this;
    const transferringTo = (): string => this.status().transferringTo;
    this.#transfers.notice({ leader, isLeader, transferringTo, tick: this.#ticks });
  }

  /** What goes on beside the pump: it fails with the member, and only with it. */
  async #guarded(work: Promise<void>): Promise<void> {
    try {
      await work;
    } catch (error) {
      if (!this.#stopped) this.#fail(error);
    }
  }

  #orFail(step: () => void): void {
    try {
      step();
    } catch (error) {
      this.#fail(error);
    }
  }

  /** A broken invariant or a disk that cannot be trusted: this member stops for good rather than to guess. */
  #fail(error: unknown): void {
    if (this.#failure !== undefined) return;
    this.#failure = error instanceof Error ? error : new Error(String(error));
    this.parts.logger.error('storage member failed', { error });
    this.stop();
    this.parts.onFailure();
  }
}

/** The core takes nothing more at the moment, or nothing so large. */
function refusal(error: unknown): StorageResult {
  if (error instanceof NotLeaderError || error instanceof TransferringError) return unavailable(error.message);
  if (error instanceof ProposalTooLargeError) return tooLarge();
  if (error instanceof TooMuchUncommittedError) return tooManyRequests();
  throw error;
}

function reasonOf(result: StorageResult): string {
  return result.$case === 'error' ? result.value.message : result.$case;
}
