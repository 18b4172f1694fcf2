import { GrpcCode, GrpcError, type GrpcStream } from '@orrery/grpc';
import { etcdserverpb } from '@orrery/proto/etcd';
import type { Milliseconds, Timer, Timers } from '@orrery/runtime';
import type { MemberWatches } from '../watch/member-watches.ts';
import { WatchMessages } from '../watch/watch-messages.ts';
import { WatchStream } from '../watch/watch-stream.ts';
import { decoded, type Methods } from './method.ts';

export interface WatchServiceParts {
  readonly watches: MemberWatches;
  readonly timers: Timers;
  readonly header: (revision: number) => etcdserverpb.ResponseHeader;
  readonly countEvents: (events: number) => void;
  readonly hasLeader: () => boolean;
  /** How long a stream that asked for a leader goes on without one. */
  readonly leaderPatienceMs: Milliseconds;
}

/** As etcd's default. Clients that need it more often ask. */
const PROGRESS_INTERVAL_MS = 10 * 60 * 1000;

/** Watches of all clients of this member. They read its own state, as in etcd: a member that is behind tells late, but never out of order. */
export class WatchService {
  readonly #streams = new Set<WatchStream>();
  readonly #messages = new WatchMessages();
  #progressTimer: Timer | undefined;

  constructor(private readonly parts: WatchServiceParts) {}

  get streams(): number {
    return this.#streams.size;
  }

  start(): void {
    this.#progressTimer = this.parts.timers.every(PROGRESS_INTERVAL_MS, () => {
      for (const stream of this.#streams) stream.notifyProgress();
    });
  }

  stop(): void {
    this.#progressTimer?.cancel();
  }

  methods(): Methods {
    return [['/etcdserverpb.Watch/Watch', { kind: 'stream', handle: (stream) => this.#serve(stream) }]];
  }

  async #serve(stream: GrpcStream): Promise<void> {
    const { watches, header, countEvents } = this.parts;
    const watchStream = new WatchStream({
      hub: watches.hub,
      messages: this.#messages,
      revision: () => watches.store.revision,
      header,
      send: (message) => stream.send(message),
      drained: () => stream.drained(),
      countEvents,
      wakeHub: () => watches.wakeSoon(),
    });
    this.#streams.add(watchStream);
    try {
      await Promise.race([takeAll(stream, watchStream), this.#lossOfLeader(stream)]);
    } finally {
      this.#streams.delete(watchStream);
      watchStream.close();
    }
  }

  /** Rejects when there was no leader for too long and the client does not want that: it goes on at a member that is not cut off. */
  #lossOfLeader(stream: GrpcStream): Promise<never> {
    const { timers, hasLeader, leaderPatienceMs } = this.parts;
    return new Promise((_resolve, reject) => {
      if (stream.header('hasleader') !== 'true') return;
      let missing = !hasLeader();
      const timer = timers.every(leaderPatienceMs, () => {
        const missingStill = missing && !hasLeader();
        missing = !hasLeader();
        if (missingStill) reject(new GrpcError(GrpcCode.unavailable, 'etcdserver: no leader'));
      });
      stream.signal.addEventListener('abort', () => timer.cancel(), { once: true });
    });
  }
}

async function takeAll(stream: GrpcStream, watchStream: WatchStream): Promise<void> {
  for await (const bytes of stream.requests) {
    watchStream.take(decoded(etcdserverpb.WatchRequest, bytes));
    await watchStream.readyToTake();
  }
}
