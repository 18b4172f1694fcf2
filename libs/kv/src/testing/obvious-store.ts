import { storagev1 } from '@orrery/proto';

const { Compare_Target: Target, Compare_Result: Result, RangeRequest_SortTarget: Sort } = storagev1;

export interface ObviousKv {
  readonly key: string;
  readonly value: string;
  readonly create: number;
  readonly mod: number;
  readonly version: number;
  readonly lease: string;
}

export interface ObviousChange {
  readonly revision: number;
  readonly key: string;
  readonly current: ObviousKv | undefined;
  readonly previous: ObviousKv | undefined;
}

type World = Map<string, ObviousKv>;

/** A store that copies the whole world at each revision and asks for everything by looking at everything. Slow and obviously right. */
export class ObviousStore {
  /** The world at each revision; it begins at 1. */
  readonly #worlds: World[] = [new Map(), new Map()];
  readonly changes: ObviousChange[] = [];
  readonly leases = new Map<string, number>();
  readonly compactions: number[] = [];
  #failed = false;

  get revision(): number {
    return this.#worlds.length - 1;
  }

  /** The last compaction. */
  get compacted(): number {
    return this.compactions.at(-1) ?? 0;
  }

  get now(): World {
    return this.#worlds[this.revision] as World;
  }

  at(revision: number): World {
    return this.#worlds[revision] as World;
  }

  /** Returns what a range answers: keys with values and versions, in order; with the number of all keys in the range. */
  range(request: storagev1.RangeRequest, revision = this.revision): { kvs: ObviousKv[]; count: number; more: boolean } {
    const all = [...this.at(revision).values()].filter(({ key }) => isIn(request, key)).sort(byKey);
    if (request.countOnly) return { kvs: [], count: all.length, more: false };
    const between = (n: number, min: number, max: number): boolean =>
      (min === 0 || n >= min) && (max === 0 || n <= max);
    let kvs = all.filter(
      ({ mod, create }) =>
        between(mod, request.minModRevision, request.maxModRevision) &&
        between(create, request.minCreateRevision, request.maxCreateRevision),
    );
    const sign = request.sortOrder === storagev1.RangeRequest_SortOrder.SORT_ORDER_DESCEND ? -1 : 1;
    kvs = [...kvs].sort((a, b) => sign * compareBy(request.sortTarget, a, b));
    const limited = request.limit > 0 ? kvs.slice(0, request.limit) : kvs;
    return { kvs: limited, count: all.length, more: limited.length < kvs.length };
  }

  /** Returns whether it succeeded, and `undefined` where it is impossible and changes nothing. */
  txn(txn: storagev1.TxnRequest): boolean | undefined {
    const before = this.now;
    const world = new Map(before);
    const made: ObviousChange[] = [];
    this.#failed = false;
    const succeeded = this.#run(txn, before, world, made);
    if (this.#failed) return undefined;
    this.#commit(world, made);
    return succeeded;
  }

  revoke(id: string): void {
    const world = new Map(this.now);
    const made: ObviousChange[] = [];
    for (const kv of [...world.values()].filter(({ lease }) => lease === id).sort(byKey)) this.#delete(world, kv, made);
    this.leases.delete(id);
    this.#commit(world, made);
  }

  #commit(world: World, made: ObviousChange[]): void {
    if (made.length === 0) return;
    this.#worlds.push(world);
    this.changes.push(...made);
  }

  #run(txn: storagev1.TxnRequest, before: World, world: World, made: ObviousChange[]): boolean {
    const succeeded = txn.compare.every((compare) => holds(compare, before));
    for (const { operation } of succeeded ? txn.success : txn.failure) {
      if (operation?.$case === 'txn') this.#run(operation.value, before, world, made);
      if (operation?.$case === 'put') this.#put(operation.value, before, world, made);
      if (operation?.$case === 'deleteRange') {
        const { value } = operation;
        for (const kv of [...world.values()].filter(({ key }) => isIn(value, key)).sort(byKey)) {
          this.#delete(world, kv, made);
        }
      }
    }
    return succeeded;
  }

  #put(put: storagev1.Put, before: World, world: World, made: ObviousChange[]): void {
    const key = text(put.key);
    const previous = world.get(key);
    if ((put.ignoreValue || put.ignoreLease) && before.get(key) === undefined) this.#failed = true;
    if (put.lease !== '0' && !this.leases.has(put.lease)) this.#failed = true;
    const revision = this.revision + 1;
    const current = {
      key,
      value: put.ignoreValue ? (previous?.value ?? '') : text(put.value),
      create: previous?.create ?? revision,
      mod: revision,
      version: (previous?.version ?? 0) + 1,
      lease: put.ignoreLease ? (previous?.lease ?? '0') : put.lease,
    };
    world.set(key, current);
    made.push({ revision, key, current, previous });
  }

  #delete(world: World, previous: ObviousKv, made: ObviousChange[]): void {
    world.delete(previous.key);
    made.push({ revision: this.revision + 1, key: previous.key, current: undefined, previous });
  }
}

function holds(compare: storagev1.Compare, world: World): boolean {
  const kvs = [...world.values()].filter(({ key }) => isIn(compare, key));
  if (kvs.length === 0) {
    const nothing = { key: '', value: '', create: 0, mod: 0, version: 0, lease: '0' };
    return compare.target !== Target.TARGET_VALUE && holdsFor(compare, nothing);
  }
  return kvs.every((kv) => holdsFor(compare, kv));
}

function holdsFor(compare: storagev1.Compare, kv: ObviousKv): boolean {
  const [left, right] = sides(compare, kv);
  if (compare.result === Result.RESULT_EQUAL) return left === right;
  if (compare.result === Result.RESULT_NOT_EQUAL) return left !== right;
  return compare.result === Result.RESULT_GREATER ? left > right : left < right;
}

function sides(compare: storagev1.Compare, kv: ObviousKv): [number, number] | [string, string] | [bigint, bigint] {
  if (compare.target === Target.TARGET_VALUE) return [kv.value, text(compare.value)];
  if (compare.target === Target.TARGET_LEASE) return [BigInt(kv.lease), BigInt(compare.lease)];
  if (compare.target === Target.TARGET_VERSION) return [kv.version, compare.number];
  return [compare.target === Target.TARGET_MOD_REVISION ? kv.mod : kv.create, compare.number];
}

function isIn(range: { readonly key: Uint8Array; readonly rangeEnd: Uint8Array }, key: string): boolean {
  const [from, end] = [text(range.key), text(range.rangeEnd)];
  if (end === '') return key === from;
  return key >= from && (end === '\0' || key < end);
}

function compareBy(target: storagev1.RangeRequest_SortTarget, a: ObviousKv, b: ObviousKv): number {
  if (target === Sort.SORT_TARGET_VERSION) return a.version - b.version;
  if (target === Sort.SORT_TARGET_CREATE) return a.create - b.create;
  if (target === Sort.SORT_TARGET_MOD) return a.mod - b.mod;
  if (target === Sort.SORT_TARGET_VALUE) return a.value < b.value ? -1 : Number(a.value > b.value);
  return byKey(a, b);
}

function byKey(a: { readonly key: string }, b: { readonly key: string }): number {
  return a.key < b.key ? -1 : Number(a.key > b.key);
}

/** Bytes as characters of one byte each. */
export function text(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('latin1');
}
