import { type LogEntry, MemoryBroker, type MemoryBus, Subjects } from '@orrery/bus';
import { keyBytes } from '@orrery/kv';
import { registryv1, storagev1 } from '@orrery/proto';
import type { RaftStatus } from '@orrery/raft';
import { type MemoryDisk, type VirtualHost, VirtualTime, virtualHost } from '@orrery/runtime';
import type { StorageResult } from '../state-machine/storage-result.ts';
import type { LogConfig, StorageConfig } from '../storage-config.ts';
import { StorageMember } from '../storage-member.ts';

interface Place {
  readonly host: VirtualHost;
  bus: MemoryBus;
  member: StorageMember | undefined;
}

/** Nothing is allocated ahead, so that a full disk shows with the next write. */
const ON_A_SMALL_DISK: LogConfig = { allocateBytes: 0 };

/** Storage members on one virtual machine room: they can be killed, cut off and started again. */
export class StorageCluster {
  readonly time = new VirtualTime();
  readonly subjects = new Subjects('test');
  readonly broker = new MemoryBroker({ timers: this.time });
  readonly client: MemoryBus = this.broker.connect();
  private readonly config: Partial<StorageConfig>;
  readonly #places = new Map<string, Place>();
  #requests = 0;

  constructor(
    readonly members: readonly string[],
    private readonly seed: number | string = 1,
    config: Partial<StorageConfig> = {},
  ) {
    this.config = { ...config, log: { ...ON_A_SMALL_DISK, ...config.log } };
    for (const name of members) this.#places.set(name, this.#newPlace(name));
  }

  async start(...names: string[]): Promise<void> {
    for (const name of names.length > 0 ? names : this.members) {
      const place = this.#place(name);
      place.bus = this.broker.connect();
      const config = { member: name, members: this.members, ...this.config };
      place.member = new StorageMember(config, place.host, place.bus, this.subjects);
      await place.member.start();
    }
    await this.time.settle();
  }

  /** Starts a member that joins the cluster, with an empty disk where it is new. */
  async join(name: string): Promise<void> {
    this.#places.set(name, this.#places.get(name) ?? this.#newPlace(name));
    const place = this.#place(name);
    place.bus = this.broker.connect();
    const config = { member: name, members: [], join: true, ...this.config };
    place.member = new StorageMember(config, place.host, place.bus, this.subjects);
    await place.member.start();
    await this.time.settle();
  }

  /** An operator's clean shutdown: a leader hands over before it leaves. */
  async shutDown(name: string): Promise<void> {
    const place = this.#place(name);
    await this.settled(place.member?.beforeApplicationShutdown() ?? Promise.resolve());
    await place.bus.close();
    place.member = undefined;
  }

  /** Power cut: the connection is gone, and what was not synced. */
  async kill(name: string, tornTail = false): Promise<void> {
    const place = this.#place(name);
    place.host.disk.crash(tornTail ? { tornTail: place.host.random } : {});
    await place.bus.close();
    await place.member?.stop();
    place.member = undefined;
  }

  async stop(): Promise<void> {
    for (const { member } of this.#places.values()) await member?.stop();
    await this.broker.connect().close();
  }

  disk(name: string): MemoryDisk {
    return this.#place(name).host.disk;
  }

  host(name: string): VirtualHost {
    return this.#place(name).host;
  }

  health(name: string): string | undefined {
    return this.#place(name).member?.health();
  }

  raftStatus(name: string): RaftStatus | undefined {
    return this.#place(name).member?.raftStatus;
  }

  /** Who leads in the eyes of a running majority. */
  get leader(): string | undefined {
    const running = [...this.#places.values()].flatMap(({ member }) => (member === undefined ? [] : [member.leader]));
    const leader = running[0];
    const alive = leader !== undefined && leader !== '' && this.#place(leader).member !== undefined;
    return alive && running.every((name) => name === leader) ? leader : undefined;
  }

  async untilLed(): Promise<string> {
    await this.time.runUntil(() => this.leader !== undefined, { limit: '10s' });
    return this.leader ?? '';
  }

  /** Sends a request and lets time pass until it is answered. */
  async ask(
    operation: NonNullable<storagev1.Request['operation']>,
    options: { requestId?: string; member?: string; timeoutMs?: number } = {},
  ): Promise<StorageResult> {
    const { result } = await this.respond(operation, options);
    if (result === undefined) throw new Error('an answer without a result');
    return result;
  }

  /** The same, with the header of the answer. */
  respond(
    operation: NonNullable<storagev1.Request['operation']>,
    options: { requestId?: string; member?: string; timeoutMs?: number } = {},
  ): Promise<storagev1.Response> {
    return this.settled(this.send(operation, options));
  }

  /** Sends a request; somebody else lets time pass. */
  async send(
    operation: NonNullable<storagev1.Request['operation']>,
    options: { requestId?: string; member?: string; timeoutMs?: number } = {},
  ): Promise<storagev1.Response> {
    const requestId = options.requestId ?? `request-${++this.#requests}`;
    const subject = options.member === undefined ? this.subjects.kv() : this.subjects.kvMember(options.member);
    const data = storagev1.Request.encode({ requestId, operation }).finish();
    return storagev1.Response.decode(
      await this.client.request(subject, data, { timeoutMs: options.timeoutMs ?? 5_000 }),
    );
  }

  /** Lets time pass until the promise is settled. */
  async settled<T>(promise: Promise<T>): Promise<T> {
    let done = false;
    const mark = (): void => {
      done = true;
    };
    promise.then(mark, mark);
    await this.time.runUntil(() => done, { limit: '1m' });
    return promise;
  }

  put(key: string, value: string, requestId?: string): Promise<StorageResult> {
    return this.ask(putOperation(key, value), requestId === undefined ? {} : { requestId });
  }

  /** Keys and values below a prefix. */
  async read(prefix = '/', serializableAt?: string): Promise<Record<string, string>> {
    const end = prefix.slice(0, -1) + String.fromCharCode(prefix.charCodeAt(prefix.length - 1) + 1);
    const value = storagev1.RangeRequest.fromPartial({
      key: keyBytes(prefix),
      rangeEnd: keyBytes(end),
      serializable: serializableAt !== undefined,
    });
    const options = serializableAt === undefined ? {} : { member: serializableAt };
    const result = await this.ask({ $case: 'range', value }, options);
    if (result.$case !== 'range') throw new Error(`range answered ${JSON.stringify(result)}`);
    return Object.fromEntries(result.value.kvs.map(({ key, value }) => [text(key), text(value)]));
  }

  /** Everything in the registry log. */
  async registryLog(): Promise<{ entry: LogEntry; event: registryv1.Event }[]> {
    const log = await this.client.log(this.subjects.registryLog(), {
      subjects: [this.subjects.registryOfAll()],
      bytesMax: 1024 * 1024 * 1024,
    });
    await this.time.settle();
    const last = await log.lastPosition();
    const first = await log.firstPosition();
    const entries: { entry: LogEntry; event: registryv1.Event }[] = [];
    if (last === 0) return entries;
    for await (const entry of log.follow({ after: first - 1, signal: new AbortController().signal })) {
      entries.push({ entry, event: registryv1.Event.decode(entry.data) });
      if (entry.position === last) break;
    }
    return entries;
  }

  #newPlace(name: string): Place {
    const host = virtualHost({ seed: `${this.seed}-${name}`, time: this.time });
    return { host, bus: this.broker.connect(), member: undefined };
  }

  #place(name: string): Place {
    const place = this.#places.get(name);
    if (place === undefined) throw new Error(`there is no member ${name}`);
    return place;
  }
}

export function putOperation(key: string, value: string): NonNullable<storagev1.Request['operation']> {
  const put = storagev1.Put.fromPartial({ key: keyBytes(key), value: new TextEncoder().encode(value) });
  return { $case: 'txn', value: { compare: [], success: [{ operation: { $case: 'put', value: put } }], failure: [] } };
}

function text(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes);
}
