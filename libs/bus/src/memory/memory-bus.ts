import type { Log, LogOptions } from '../bus.ts';
import { WireBus, type WireBusParts } from '../messaging/wire-bus.ts';
import type { MemoryBroker } from './memory-broker.ts';
import { MemoryLog } from './memory-log.ts';

/** A connection to a `MemoryBroker`; made by its `connect`. */
export class MemoryBus extends WireBus {
  private readonly closed = new AbortController();

  constructor(
    parts: WireBusParts,
    private readonly broker: MemoryBroker,
  ) {
    super(parts);
  }

  async log(name: string, options: LogOptions): Promise<Log> {
    this.mustBeOpen();
    return new MemoryLog(this.broker, this.broker.logStore(name, options), this.closed.signal);
  }

  protected override stopLogs(): void {
    this.closed.abort();
  }
}
