import { type Logger, MemoryLogger, type Timers } from '@orrery/runtime';
import type { LogOptions } from '../bus.ts';
import { RequestTimeoutError } from '../bus-errors.ts';
import { SubjectTree } from '../matching/subject-tree.ts';
import { REQUEST_TIMEOUT_MS } from '../messaging/requester.ts';
import type { WireHeaders, WireMessage } from '../messaging/wire.ts';
import { PAYLOAD_BYTES_MAX } from '../payload-limit.ts';
import { subjectToken } from '../subjects.ts';
import { MemoryBus } from './memory-bus.ts';
import { MemoryLogStore } from './memory-log-store.ts';
import { MemoryWire } from './memory-wire.ts';

export interface MemoryBrokerOptions {
  readonly timers: Timers;
  /** Default: lines go nowhere. */
  readonly logger?: Logger;
  readonly payloadBytesMax?: number;
}

/** One who receives; members of a queue group share a subject. */
export interface Receiver {
  readonly subject: string;
  readonly queue: string | undefined;
  readonly deliver: (message: WireMessage) => void;
  isActive: boolean;
}

const NO_HEADERS: WireHeaders = {};
const NOTHING = new Uint8Array(0);

/**
 * A message broker inside the process. Messages are delivered in microtasks, in the order in which they were sent, so that the same
 * inputs always give the same history. Data is handed over, not copied: do not change it after sending.
 */
export class MemoryBroker {
  readonly payloadBytesMax: number;
  private readonly receivers = new SubjectTree<Receiver>();
  private readonly logs = new Map<string, MemoryLogStore>();
  /** How many messages each queue group of a subject has had: its members take turns. */
  private readonly turns = new Map<string, number>();
  private deliveries: [Receiver, WireMessage][] = [];
  private isDelivering = false;
  private isUp = true;
  private connectionCount = 0;
  private waitingForStart: (() => void)[] = [];
  private readonly startListeners = new Set<() => void>();

  constructor(private readonly options: MemoryBrokerOptions) {
    this.payloadBytesMax = options.payloadBytesMax ?? PAYLOAD_BYTES_MAX;
  }

  connect(options: { readonly user?: string } = {}): MemoryBus {
    this.connectionCount += 1;
    const inbox = `_INBOX.${subjectToken(options.user ?? 'anybody')}.${this.connectionCount}`;
    const { timers, logger = new MemoryLogger([], {}, 100) } = this.options;
    return new MemoryBus({ wire: new MemoryWire(this, inbox), timers, logger }, this);
  }

  /** The broker is gone: messages under way and sent from now on are lost, logs stay as they are. */
  stop(): void {
    this.isUp = false;
    this.deliveries = [];
  }

  /** As the loss of power does: stops, and each log has lost up to `lostEntriesMax` of its last entries, which were not on disk yet. */
  crash(lostEntriesMax: number): void {
    this.stop();
    for (const log of this.logs.values()) log.loseLast(lostEntriesMax);
  }

  /** As an operator does by mistake: the log is gone with all its entries. */
  deleteLog(name: string): void {
    this.logs.get(name)?.deleteAll();
  }

  /** As an operator does by mistake: the log is emptied and goes on behind its last position. */
  purgeLog(name: string): void {
    this.logs.get(name)?.purge();
  }

  /** The broker is back; subscriptions are in force again. */
  start(): void {
    if (this.isUp) return;
    this.isUp = true;
    const waiting = this.waitingForStart;
    this.waitingForStart = [];
    for (const resolve of waiting) resolve();
    for (const listener of [...this.startListeners]) listener();
  }

  /** Calls `listener` each time that the broker is back, until the returned function is called. */
  onStart(listener: () => void): () => void {
    this.startListeners.add(listener);
    return () => this.startListeners.delete(listener);
  }

  get timers(): Timers {
    return this.options.timers;
  }

  get isRunning(): boolean {
    return this.isUp;
  }

  /** Resolves when the broker is up; throws `RequestTimeoutError` when that takes too long. */
  async up(operation: string): Promise<void> {
    if (this.isUp) return;
    await new Promise<void>((resolve, reject) => {
      const timer = this.options.timers.after(REQUEST_TIMEOUT_MS, () =>
        reject(new RequestTimeoutError(operation, REQUEST_TIMEOUT_MS)),
      );
      this.waitingForStart.push(() => {
        timer.cancel();
        resolve();
      });
    });
  }

  add(receiver: Receiver): void {
    this.receivers.add(receiver.subject, receiver);
  }

  remove(receiver: Receiver): void {
    receiver.isActive = false;
    this.receivers.remove(receiver.subject, receiver);
  }

  send(subject: string, data: Uint8Array, reply: string | undefined, headers: WireHeaders = NO_HEADERS): void {
    if (!this.isUp) return;
    const chosen = this.oneOfEachQueue(this.receivers.match(subject));
    const message: WireMessage = { subject, data, reply, headers, isNoResponders: false };
    for (const receiver of chosen) this.enqueue(receiver, message);
    if (chosen.length === 0 && reply !== undefined) this.answerNoResponders(reply);
  }

  /** The log of that name, made on first use. */
  logStore(name: string, options: LogOptions): MemoryLogStore {
    let store = this.logs.get(name);
    if (store === undefined) {
      store = new MemoryLogStore(name, options, this.payloadBytesMax);
      this.logs.set(name, store);
    }
    return store;
  }

  private answerNoResponders(reply: string): void {
    const message: WireMessage = {
      subject: reply,
      data: NOTHING,
      reply: undefined,
      headers: NO_HEADERS,
      isNoResponders: true,
    };
    for (const receiver of this.receivers.match(reply)) this.enqueue(receiver, message);
  }

  private oneOfEachQueue(receivers: readonly Receiver[]): Receiver[] {
    const chosen: Receiver[] = [];
    const groups = new Map<string, Receiver[]>();
    for (const receiver of receivers) {
      if (receiver.queue === undefined) {
        chosen.push(receiver);
        continue;
      }
      const group = `${receiver.queue} ${receiver.subject}`;
      const members = groups.get(group);
      if (members) members.push(receiver);
      else groups.set(group, [receiver]);
    }
    for (const [group, members] of groups) {
      const turn = this.turns.get(group) ?? 0;
      this.turns.set(group, turn + 1);
      const member = members[turn % members.length];
      if (member) chosen.push(member);
    }
    return chosen;
  }

  private enqueue(receiver: Receiver, message: WireMessage): void {
    this.deliveries.push([receiver, message]);
    if (this.isDelivering) return;
    this.isDelivering = true;
    queueMicrotask(() => this.deliver());
  }

  private deliver(): void {
    while (this.deliveries.length > 0) {
      const batch = this.deliveries;
      this.deliveries = [];
      for (const [receiver, message] of batch) {
        if (receiver.isActive && this.isUp) receiver.deliver(message);
      }
    }
    this.isDelivering = false;
  }
}
