import { credentials } from '@grpc/grpc-js';
import { etcdserverpb, mvccpb } from '@orrery/proto/etcd';
import type { RevisionChange } from '@orrery/registry-log';
import type { Random, Timers } from '@orrery/runtime';
import { Violation } from '@orrery/sim';
import { channelOptions, isServiceError } from './etcd-access.ts';

export interface WatchRecordParts {
  readonly name: string;
  /** `host:port` of the members that may be asked. */
  readonly endpoints: readonly string[];
  readonly random: Random;
  readonly timers: Timers;
  report(error: unknown): void;
}

const RETRY_MS = 50;
/** How long one watch goes on before another member is asked for the rest: a member that is cut off says nothing, not even that. */
const TURN_MS = 2_000;
const EVERYTHING = Buffer.from([0]);

/** Watches all keys through etcd's API, now at one member, now at another, and insists on each revision once, in order. */
export class WatchRecord {
  /** What each revision changed; a revision that changed nothing is missing. */
  readonly changes = new Map<number, RevisionChange[]>();
  readonly #clients: readonly InstanceType<typeof etcdserverpb.WatchClient>[];
  readonly #stop = new AbortController();
  #last = 0;
  #turns = 0;

  constructor(private readonly parts: WatchRecordParts) {
    this.#clients = parts.endpoints.map(
      (endpoint) => new etcdserverpb.WatchClient(endpoint, credentials.createInsecure(), channelOptions),
    );
  }

  /** The newest revision of which it was told. */
  get last(): number {
    return this.#last;
  }

  /** Watches that were begun. */
  get turns(): number {
    return this.#turns;
  }

  stop(): void {
    this.#stop.abort();
    for (const client of this.#clients) client.close();
  }

  async run(): Promise<void> {
    const { random, timers, report } = this.parts;
    while (!this.#stop.signal.aborted) {
      const client = this.#clients[random.integer(this.#clients.length)];
      if (client === undefined) return;
      try {
        await this.#watch(client);
      } catch (error) {
        if (this.#stop.signal.aborted) return;
        if (!isServiceError(error)) return report(error);
        await timers.sleep(RETRY_MS);
      }
    }
  }

  async #watch(client: InstanceType<typeof etcdserverpb.WatchClient>): Promise<void> {
    const { timers, name } = this.parts;
    this.#turns++;
    const stream = client.watch();
    const turn = timers.after(TURN_MS, () => stream.cancel());
    const startRevision = this.#last + 1;
    const value = etcdserverpb.WatchCreateRequest.fromPartial({
      key: EVERYTHING,
      rangeEnd: EVERYTHING,
      startRevision,
      prevKv: true,
    });
    stream.write({ requestUnion: { $case: 'createRequest', value } });
    try {
      for await (const {
        events,
        canceled,
        cancelReason,
        compactRevision,
      } of stream as AsyncIterable<etcdserverpb.WatchResponse>) {
        if (canceled) {
          const detail = `${name} asked for revision ${startRevision} on: ${cancelReason} (${compactRevision})`;
          throw new Violation('a watch is not cancelled by the server', detail);
        }
        for (const [revision, changes] of Map.groupBy(events, ({ kv }) => kv?.modRevision ?? 0)) {
          this.#take(revision, changes, startRevision);
        }
      }
    } finally {
      turn.cancel();
      stream.on('error', () => {});
      stream.cancel();
    }
  }

  /** All changes of a revision come in one message. */
  #take(revision: number, events: readonly mvccpb.Event[], startRevision: number): void {
    const { name } = this.parts;
    if (revision <= this.#last) {
      const detail = `${name} was told of ${revision} after ${this.#last}, having asked for ${startRevision} on`;
      throw new Violation('a watch tells each revision once and in order', detail);
    }
    this.#last = revision;
    this.changes.set(revision, events.map(changeOf));
  }
}

function changeOf({ type, kv, prevKv }: mvccpb.Event): RevisionChange {
  const { key, value, modRevision } = kv ?? mvccpb.KeyValue.fromPartial({});
  return {
    revision: modRevision,
    key: Buffer.from(key).toString('latin1'),
    time: 0,
    current: type === mvccpb.Event_EventType.DELETE ? undefined : { value, modRevision },
    previous: prevKv && { value: prevKv.value, modRevision: prevKv.modRevision },
  };
}
