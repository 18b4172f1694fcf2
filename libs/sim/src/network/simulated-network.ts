import { MemoryBroker, SubjectTree, subjectToken, type WireHeaders, type WireMessage } from '@orrery/bus';
import type { Milliseconds, Random, VirtualTime } from '@orrery/runtime';
import type { Life } from '../machine/life.ts';
import { arrivals, CALM, delay, type LinkWeather } from './link-weather.ts';
import { SimulatedBus } from './simulated-bus.ts';
import { SimulatedWire } from './simulated-wire.ts';

export interface NetworkReceiver {
  readonly node: string;
  readonly subject: string;
  readonly queue: string | undefined;
  readonly deliver: (message: WireMessage) => void;
}

/** A message as it leaves its sender, for those who watch the wire. */
export interface Sent {
  readonly from: string;
  readonly subject: string;
  readonly data: Uint8Array;
}

export interface SimulatedNetworkParts {
  readonly time: VirtualTime;
  readonly random: Random;
  /** Sees all messages that members and clients send, also those that get lost. */
  readonly watch?: (sent: Sent) => void;
}

const NO_HEADERS: WireHeaders = {};
const NOTHING = new Uint8Array(0);

/**
 * Machines that talk by messages: each ordered pair of them is a link that delays, loses, repeats, reorders, or is cut. Harsher than a real broker,
 * which keeps the order of one publisher; what works here works there. Logs stand on one more machine, the broker.
 */
export class SimulatedNetwork {
  weather: LinkWeather = CALM;
  /** Cut links, as `from>to`. */
  readonly #cuts = new Set<string>();
  /** Links that take so much longer, as `from>to`. */
  readonly #slow = new Map<string, Milliseconds>();
  readonly #receivers = new SubjectTree<NetworkReceiver>();
  /** Only for logs. */
  readonly #broker: MemoryBroker;
  #connections = 0;

  constructor(private readonly parts: SimulatedNetworkParts) {
    this.#broker = new MemoryBroker({ timers: parts.time });
  }

  get time(): VirtualTime {
    return this.parts.time;
  }

  /** A connection of the machine `node`, which ends when its process does. */
  connect(node: string, life: Life): SimulatedBus {
    this.#connections++;
    const inbox = `_INBOX.${subjectToken(node)}.${this.#connections}`;
    const wire = new SimulatedWire(this, node, inbox, life, this.#broker);
    return new SimulatedBus(
      { wire, timers: life.timers, logger: life.logger },
      this,
      node,
      life,
      this.#broker.connect(),
    );
  }

  /** From now on nothing gets from `from` to `to`. */
  cut(from: string, to: string): void {
    this.#cuts.add(`${from}>${to}`);
  }

  /** From now on what goes from `from` to each of `to` takes that much longer. */
  slow(from: string, to: readonly string[], extra: Milliseconds): void {
    for (const name of to) this.#slow.set(`${from}>${name}`, extra);
  }

  /** All links work again. */
  heal(): void {
    this.#cuts.clear();
    this.#slow.clear();
  }

  isCut(from: string, to: string): boolean {
    return this.#cuts.size > 0 && this.#cuts.has(`${from}>${to}`);
  }

  /** The broker is gone with all messages, and each log without up to `lostEntriesMax` of its last entries. */
  crashBroker(lostEntriesMax: number): void {
    this.#broker.crash(lostEntriesMax);
  }

  startBroker(): void {
    this.#broker.start();
  }

  get brokerIsUp(): boolean {
    return this.#broker.isRunning;
  }

  /** As an operator may by mistake. */
  loseLog(name: string, how: 'purged' | 'deleted'): void {
    if (how === 'purged') this.#broker.purgeLog(name);
    else this.#broker.deleteLog(name);
  }

  add(receiver: NetworkReceiver): void {
    this.#receivers.add(receiver.subject, receiver);
  }

  remove(receiver: NetworkReceiver): void {
    this.#receivers.remove(receiver.subject, receiver);
  }

  send(from: string, subject: string, data: Uint8Array, reply: string | undefined, headers = NO_HEADERS): void {
    this.parts.watch?.({ from, subject, data });
    if (!this.#broker.isRunning) return;
    const message: WireMessage = { subject, data, reply, headers, isNoResponders: false };
    const receivers = this.#oneOfEachQueue(this.#receivers.match(subject));
    for (const receiver of receivers) this.#carry(from, receiver, message);
    if (receivers.length === 0 && reply !== undefined) this.#answerNoResponders(from, reply);
  }

  /** How long a message to or from the broker takes now; `undefined`: it never arrives. */
  brokerDelay(from: string, to: string): Milliseconds | undefined {
    return this.isCut(from, to) ? undefined : delay(this.weather, this.parts.random);
  }

  #carry(from: string, receiver: NetworkReceiver, message: WireMessage): void {
    if (this.isCut(from, receiver.node)) return;
    const extra = this.#slow.size === 0 ? 0 : (this.#slow.get(`${from}>${receiver.node}`) ?? 0);
    for (const after of arrivals(this.weather, this.parts.random)) {
      this.parts.time.after(after + extra, () => {
        if (this.#broker.isRunning && !this.isCut(from, receiver.node)) receiver.deliver(message);
      });
    }
  }

  #answerNoResponders(node: string, reply: string): void {
    const message = { subject: reply, data: NOTHING, reply: undefined, headers: NO_HEADERS, isNoResponders: true };
    for (const receiver of this.#receivers.match(reply)) this.#carry(node, receiver, message);
  }

  #oneOfEachQueue(receivers: readonly NetworkReceiver[]): readonly NetworkReceiver[] {
    if (!receivers.some(({ queue }) => queue !== undefined)) return receivers;
    const chosen = receivers.filter(({ queue }) => queue === undefined);
    const groups = Map.groupBy(
      receivers.filter(({ queue }) => queue !== undefined),
      ({ queue, subject }) => `${queue} ${subject}`,
    );
    for (const members of groups.values()) {
      const member = members[this.parts.random.integer(members.length)];
      if (member !== undefined) chosen.push(member);
    }
    return chosen;
  }
}
