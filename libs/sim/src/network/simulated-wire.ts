import {
  type MemoryBroker,
  PAYLOAD_BYTES_MAX,
  type Wire,
  type WireHeaders,
  type WireMessage,
  type WireSubscription,
} from '@orrery/bus';
import type { Life } from '../machine/life.ts';
import type { NetworkReceiver, SimulatedNetwork } from './simulated-network.ts';

/** One process' connection to a `SimulatedNetwork`. Silent as soon as the process is dead. */
export class SimulatedWire implements Wire {
  readonly payloadBytesMax = PAYLOAD_BYTES_MAX;
  readonly #receivers = new Set<NetworkReceiver>();
  readonly #forget = new Set<() => void>();

  constructor(
    private readonly network: SimulatedNetwork,
    private readonly node: string,
    readonly inbox: string,
    private readonly life: Life,
    private readonly broker: MemoryBroker,
  ) {
    life.onEnd(() => this.#end());
  }

  send(subject: string, data: Uint8Array, reply?: string, headers?: WireHeaders): void {
    if (this.life.isOver) return;
    // The sender may reuse its buffer once the message has left.
    this.network.send(this.node, subject, data.slice(), reply, headers);
  }

  receive(subject: string, queue: string | undefined, deliver: (message: WireMessage) => void): WireSubscription {
    let isActive = !this.life.isOver;
    const receiver: NetworkReceiver = {
      node: this.node,
      subject,
      queue,
      deliver: (message) =>
        this.life.run(() => {
          if (isActive) deliver(message);
        }),
    };
    const stop = (): void => {
      isActive = false;
      this.network.remove(receiver);
      this.#receivers.delete(receiver);
    };
    if (!isActive) return { stop };
    this.network.add(receiver);
    this.#receivers.add(receiver);
    return { stop };
  }

  /** Everybody may do everything. */
  onRefusal(): void {}

  onReconnect(listener: () => void): () => void {
    const forget = this.broker.onStart(() => this.life.run(listener));
    this.#forget.add(forget);
    return () => {
      forget();
      this.#forget.delete(forget);
    };
  }

  async flush(): Promise<void> {}

  async close(): Promise<void> {
    this.#end();
  }

  #end(): void {
    for (const receiver of this.#receivers) this.network.remove(receiver);
    this.#receivers.clear();
    for (const forget of this.#forget) forget();
    this.#forget.clear();
  }
}
