import {
  type FollowOptions,
  type Log,
  type LogEntry,
  type LogOptions,
  type MemoryBus,
  RequestTimeoutError,
  WireBus,
  type WireBusParts,
} from '@orrery/bus';
import { type Life, never } from '../machine/life.ts';
import { BROKER } from './broker-node.ts';
import type { SimulatedNetwork } from './simulated-network.ts';

/** How long an answer of the broker is waited for. */
const BROKER_TIMEOUT_MS = 5_000;
/** How often a follower that is cut off from the broker looks whether it still is. */
const FOLLOW_RETRY_MS = 100;

/** A process' connection: messages by the network's links, logs at the broker behind one more link. */
export class SimulatedBus extends WireBus {
  /** The order of what is sent to the broker is kept, as on a real connection. */
  #lastArrival = 0;

  constructor(
    parts: WireBusParts,
    private readonly network: SimulatedNetwork,
    private readonly node: string,
    private readonly life: Life,
    private readonly logs: MemoryBus,
  ) {
    super(parts);
    life.onEnd(() => void logs.close());
  }

  async log(name: string, options: LogOptions): Promise<Log> {
    this.mustBeOpen();
    const log = await this.logs.log(name, options);
    return {
      append: (entry, previous) => this.#ask(`append ${entry.subject}`, () => log.append(entry, previous)),
      lastPosition: () => this.#ask('lastPosition', () => log.lastPosition()),
      firstPosition: () => this.#ask('firstPosition', () => log.firstPosition()),
      entryAt: (position) => this.#ask('entryAt', () => log.entryAt(position)),
      follow: (options) => this.#follow(log, options),
    };
  }

  protected override stopLogs(): void {
    void this.logs.close();
  }

  /** There, done, and back: what is lost on the way back was done all the same. */
  async #ask<T>(operation: string, work: () => Promise<T>): Promise<T> {
    await this.#travel(this.node, BROKER, operation);
    const outcome = await work().then(
      (value) => () => value,
      (error: Error) => () => {
        throw error;
      },
    );
    await this.#travel(BROKER, this.node, operation);
    return outcome();
  }

  async #travel(from: string, to: string, operation: string): Promise<void> {
    if (this.life.isOver) return never();
    const delay = this.network.brokerDelay(from, to);
    if (delay === undefined) {
      await this.life.timers.sleep(BROKER_TIMEOUT_MS);
      throw new RequestTimeoutError(operation, BROKER_TIMEOUT_MS);
    }
    const { time } = this.network;
    const now = time.monotonic();
    const arrival = Math.max(now + delay, to === BROKER ? this.#lastArrival : 0);
    if (to === BROKER) this.#lastArrival = arrival;
    // What has been sent arrives, also when its sender is dead by then.
    await time.sleep(arrival - now);
    if (to !== BROKER) await new Promise<void>((resolve) => this.life.run(resolve));
  }

  async *#follow(log: Log, options: FollowOptions): AsyncGenerator<LogEntry> {
    for await (const entry of log.follow(options)) {
      while (this.network.isCut(BROKER, this.node)) await this.life.timers.sleep(FOLLOW_RETRY_MS);
      yield entry;
    }
  }
}
