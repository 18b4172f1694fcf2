import type { Wire, WireHeaders, WireMessage, WireSubscription } from '../messaging/wire.ts';
import type { MemoryBroker, Receiver } from './memory-broker.ts';

/** One connection to a `MemoryBroker`. */
export class MemoryWire implements Wire {
  private readonly receivers = new Set<Receiver>();
  private readonly forgetReconnects = new Set<() => void>();

  constructor(
    private readonly broker: MemoryBroker,
    readonly inbox: string,
  ) {}

  get payloadBytesMax(): number {
    return this.broker.payloadBytesMax;
  }

  send(subject: string, data: Uint8Array, reply?: string, headers?: WireHeaders): void {
    this.broker.send(subject, data, reply, headers);
  }

  receive(subject: string, queue: string | undefined, deliver: (message: WireMessage) => void): WireSubscription {
    const receiver: Receiver = { subject, queue, deliver, isActive: true };
    this.broker.add(receiver);
    this.receivers.add(receiver);
    return {
      stop: () => {
        this.broker.remove(receiver);
        this.receivers.delete(receiver);
      },
    };
  }

  /** In memory everybody may do everything. */
  onRefusal(): void {}

  onReconnect(listener: () => void): () => void {
    const forget = this.broker.onStart(listener);
    this.forgetReconnects.add(forget);
    return () => {
      forget();
      this.forgetReconnects.delete(forget);
    };
  }

  /** What was sent has been handed over already. */
  async flush(): Promise<void> {}

  async close(): Promise<void> {
    for (const receiver of this.receivers) this.broker.remove(receiver);
    this.receivers.clear();
    for (const forget of this.forgetReconnects) forget();
    this.forgetReconnects.clear();
  }
}
