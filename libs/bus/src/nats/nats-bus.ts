import type { Clock, Ids, Logger, Random, Timers } from '@orrery/runtime';
import type { Log, LogOptions } from '../bus.ts';
import { WireBus, type WireBusParts } from '../messaging/wire-bus.ts';
import { subjectToken } from '../subjects.ts';
import { JetStreamApi } from './jet-stream-api.ts';
import { NatsLog } from './nats-log.ts';
import type { NatsWire } from './nats-wire.ts';

export interface NatsBusOptions {
  /** `host:port` of each server. */
  readonly servers: readonly string[];
  readonly user: string;
  readonly password: string;
  readonly timers: Timers;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly random: Random;
  readonly logger: Logger;
  /** How long `connect` waits for a broker that is not up yet. Default 30,000. Once connected, it reconnects for ever. */
  readonly connectTimeoutMs?: number;
}

/** A bus on a NATS server, 2.9 or later, with JetStream. */
export class NatsBus extends WireBus {
  private readonly closed = new AbortController();
  private readonly jetStream: JetStreamApi;

  private constructor(
    parts: WireBusParts,
    private readonly natsWire: NatsWire,
    private readonly ids: Ids,
  ) {
    super(parts);
    this.jetStream = new JetStreamApi(this.requester, parts.timers);
  }

  /** Throws `BrokerUnreachableError` when no broker answers in time, and the broker's own error when it refuses the user. */
  static async connect(options: NatsBusOptions): Promise<NatsBus> {
    const { timers, logger, ids, user } = options;
    // Loaded here, so that who stays in memory does not pay for the client library.
    const [{ dial }, { NatsWire }] = await Promise.all([import('./nats-dial.ts'), import('./nats-wire.ts')]);
    const connection = await dial(options);
    const inbox = `_INBOX.${subjectToken(user)}.${ids.suffix(12)}`;
    const wire = new NatsWire(connection, inbox, timers, logger);
    return new NatsBus({ wire, timers, logger }, wire, ids);
  }

  /** Makes nothing yet: the first append makes the stream, for which only the log's writer has the permission. */
  async log(name: string, options: LogOptions): Promise<Log> {
    this.mustBeOpen();
    const { timers, logger } = this.parts;
    const { natsWire: wire, jetStream, ids, closed } = this;
    return new NatsLog({ name, options, wire, jetStream, timers, logger, ids, closed: closed.signal });
  }

  protected override stopLogs(): void {
    this.closed.abort();
  }
}
