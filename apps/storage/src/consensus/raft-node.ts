import type { raftv1 } from '@orrery/proto';
import { storagev1 } from '@orrery/proto';
import type { DurableWrite, Raft, Ready } from '@orrery/raft';
import { DiskFullError, type Logger, type Milliseconds, type Timer, type Timers } from '@orrery/runtime';
import { errorResult, type StorageResult, unavailable } from '../state-machine/storage-result.ts';
import type { WriteAheadLog } from '../wal/write-ahead-log.ts';
import { WaitingProposals } from './waiting-proposals.ts';
import { WaitingReads } from './waiting-reads.ts';

export interface RaftNodeParts {
  readonly raft: Raft;
  readonly wal: Pick<WriteAheadLog, 'append'>;
  readonly timers: Timers;
  readonly logger: Logger;
  readonly tickMs: Milliseconds;
  /** Ticks that a proposal or read waits before it counts as lost. */
  readonly patienceTicks: number;
  /** A member alone needs neither messages nor ticks. */
  readonly alone: boolean;
  send(message: raftv1.Message): void;
  /** Carries out one committed entry. */
  apply(entry: raftv1.Entry): StorageResult | undefined;
  /** Something was applied, or the leadership changed. */
  onProgress(): void;
}

/** Proposals that may wait at once; more are refused. */
const WAITING_MAX = 16_384;
/** Entries applied before others get a turn. */
const APPLY_BATCH = 1_024;
/** Pause before a write is tried again that a full disk refused. */
const DISK_FULL_PAUSE_MS = 200;

/**
 * Drives the Raft core: time in, messages in and out, writes to disk, entries to the state machine. While one write is on its way to the disk
 * everything that comes meanwhile gathers for the next: group commit.
 */
export class RaftNode {
  readonly #proposals = new WaitingProposals();
  readonly #reads = new WaitingReads();
  #tickTimer: Timer | undefined;
  #ticks = 0;
  #pumpIsDue = false;
  #stopped = false;
  #failure: Error | undefined;
  #wasLeader = false;
  #diskIsFull = false;

  constructor(private readonly parts: RaftNodeParts) {}

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
  /** Why this member can do nothing any more. */
  get failure(): Error | undefined {
    return this.#failure;
  }
  get diskIsFull(): boolean {
    return this.#diskIsFull;
  }

  start(): void {
    const { timers, tickMs, raft, alone } = this.parts;
    if (alone) raft.campaign();
    else this.#tickTimer = timers.every(tickMs, () => this.#tick());
    this.#pump();
  }

  /** Who waits is told that the outcome is not known. */
  stop(): void {
    this.#stopped = true;
    this.#tickTimer?.cancel();
    this.#proposals.giveUpFrom(0, unavailable('storage is stopping'));
    if (this.#reads.isNew) this.#reads.close(0);
    this.#reads.giveUpAt(Number.POSITIVE_INFINITY);
  }

  receive(message: raftv1.Message): void {
    if (this.#stopped) return;
    this.#orFail(() => this.parts.raft.step(message));
    this.#pumpSoon();
  }

  /** Resolves with the result once the command is committed and carried out, or with the reason why that is not known. */
  propose(data: Uint8Array): Promise<StorageResult> {
    const { raft, patienceTicks } = this.parts;
    if (this.#stopped || !this.isLeader) return Promise.resolve(unavailable('this member does not lead'));
    if (this.#proposals.size >= WAITING_MAX) return Promise.resolve(unavailable('too many requests are waiting'));
    return new Promise((resolve) => {
      const index = raft.propose([data]);
      this.#proposals.add(index, raft.term, this.#ticks + patienceTicks, resolve);
      this.#pumpSoon();
    });
  }

  /** Resolves when this member's state holds everything that was acknowledged before the call. Throws `ReadUnavailableError`. */
  readBarrier(): Promise<void> {
    if (this.parts.alone && this.leadsUpToDate) return Promise.resolve();
    const done = this.#reads.add();
    if (this.#stopped) this.stop();
    else this.#pumpSoon();
    return done;
  }

  #tick(): void {
    this.#ticks++;
    this.#orFail(() => this.parts.raft.tick());
    this.#proposals.giveUpAt(this.#ticks, unavailable('no majority confirmed the change in time'));
    this.#reads.giveUpAt(this.#ticks);
    for (const context of this.#reads.unanswered()) this.#askLeader(context);
    this.#pump();
  }

  /** At the end of this turn, so that all that comes in one turn makes one batch. */
  #pumpSoon(): void {
    if (this.#pumpIsDue) return;
    this.#pumpIsDue = true;
    queueMicrotask(() => this.#pump());
  }

  #pump(): void {
    this.#pumpIsDue = false;
    if (this.#stopped) return;
    const { raft, patienceTicks } = this.parts;
    this.#orFail(() => {
      if (this.#reads.isNew) this.#askLeader(this.#reads.close(this.#ticks + patienceTicks));
      for (let ready = raft.ready(APPLY_BATCH); ready !== undefined; ready = raft.ready(APPLY_BATCH)) this.#do(ready);
      this.#reads.release(raft.log.applied);
      this.#noticeLeadership();
      if (this.parts.alone) raft.log.discardTo(raft.log.applied);
    });
  }

  #do({ messages, committed, reads, write }: Ready): void {
    for (const message of messages) this.parts.send(message);
    for (const entry of committed) this.#apply(entry);
    for (const { context, index } of reads) this.#reads.answered(context, index);
    if (committed.length > 0) this.parts.onProgress();
    if (write?.hardState !== undefined) void this.#persist(write);
    else if (write !== undefined) this.#finish(write);
  }

  #apply(entry: raftv1.Entry): void {
    const result = this.parts.apply(entry);
    if (result === undefined) return;
    this.#proposals.applied(entry.index, entry.term, result, unavailable('another leader took over'));
  }

  async #persist(write: DurableWrite): Promise<void> {
    try {
      await this.parts.wal.append(write.hardState, write.entries);
      this.#diskIsFull = false;
    } catch (error) {
      if (this.#stopped) return;
      if (error instanceof DiskFullError) this.#refuse(write, error);
      else this.#fail(error);
      return;
    }
    if (this.#stopped) return;
    this.#orFail(() => this.#finish(write));
    this.#pump();
  }

  #finish(write: DurableWrite): void {
    this.parts.raft.advance(write);
    for (const message of write.messages) this.parts.send(message);
  }

  /**
   * The disk is full. A member alone takes back what it has shown to nobody. One among others cannot: it leaves the lead to somebody with space
   * and tries again until it has some.
   */
  #refuse(write: DurableWrite, error: DiskFullError): void {
    const { raft, timers, logger, alone } = this.parts;
    if (!this.#diskIsFull) logger.error('the disk is full, writes are refused', { error });
    this.#diskIsFull = true;
    if (alone) {
      const gone = raft.dropUnwritten();
      const result = errorResult(storagev1.Error_Code.CODE_NO_SPACE, 'etcdserver: mvcc: database space exceeded');
      this.#proposals.giveUpFrom(gone, result);
      if (!raft.leadsWithCommit) timers.after(DISK_FULL_PAUSE_MS, () => this.#beginTermAgain());
      return;
    }
    raft.stepDown();
    this.#noticeLeadership();
    timers.after(DISK_FULL_PAUSE_MS, () => {
      if (!this.#stopped) void this.#persist(write);
    });
  }

  /** The entry that begins the term was refused by the disk, and without it nothing counts as committed. */
  #beginTermAgain(): void {
    if (this.#stopped || this.parts.raft.leadsWithCommit) return;
    this.parts.raft.propose([new Uint8Array(0)]);
    this.#pumpSoon();
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

  #orFail(step: () => void): void {
    try {
      step();
    } catch (error) {
      this.#fail(error);
    }
  }

  /** A broken invariant or a disk that cannot be trusted: this member stops for good rather than to guess. */
  #fail(error: unknown): void {
    this.#failure = error instanceof Error ? error : new Error(String(error));
    this.parts.logger.error('storage member failed', { error });
    this.stop();
  }
}
