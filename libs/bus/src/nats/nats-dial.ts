import { errors, type NatsConnection } from '@nats-io/nats-core';
import { connect } from '@nats-io/transport-node';
import type { Clock, Milliseconds, Random, Timers } from '@orrery/runtime';
import { BrokerUnreachableError } from '../bus-errors.ts';

const CONNECT_TIMEOUT_MS = 30_000;
const DELAY_MIN_MS = 20;
const DELAY_MAX_MS = 500;

export interface DialOptions {
  readonly servers: readonly string[];
  readonly user: string;
  readonly password: string;
  readonly timers: Timers;
  readonly clock: Clock;
  readonly random: Random;
  readonly connectTimeoutMs?: number;
}

/** Connects as soon as a server answers. From then on the connection renews itself, for ever, with a small jittered delay. */
export async function dial(options: DialOptions): Promise<NatsConnection> {
  const { servers, user, password, timers, clock, random } = options;
  const waitMax = options.connectTimeoutMs ?? CONNECT_TIMEOUT_MS;
  const start = clock.monotonic();
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await connect({
        servers: [...servers],
        user,
        pass: password,
        name: user,
        maxReconnectAttempts: -1,
        reconnectDelayHandler: () => jittered(DELAY_MIN_MS * 4, random),
        ignoreAuthErrorAbort: true,
        noAsyncTraces: true,
        pingInterval: 10_000,
      });
    } catch (error) {
      if (error instanceof errors.AuthorizationError) throw error;
      const waited = clock.monotonic() - start;
      if (waited >= waitMax) throw new BrokerUnreachableError(servers, Math.round(waited), { cause: error });
    }
    await timers.sleep(jittered(Math.min(DELAY_MIN_MS * attempt, DELAY_MAX_MS), random));
  }
}

function jittered(delay: Milliseconds, random: Random): Milliseconds {
  return delay * (0.5 + random.next());
}
