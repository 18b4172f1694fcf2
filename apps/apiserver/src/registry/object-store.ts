import {
  ApiError,
  type ApiObject,
  alreadyExists,
  conflict,
  decodeObject,
  encodeObject,
  type ResourceInfo,
  spliceResourceVersion,
  storageKey,
} from '@orrery/api';
import { CachedObject } from '../cache/cached-object.ts';
import type { ObjectCache } from '../cache/object-cache.ts';
import type { ObjectVersions } from '../custom-resources/object-versions.ts';
import type { KeyValueStore, LeaseId, StoredValue, WriteOutcome } from '../storage/key-value-store.ts';
import type { ObjectLeases } from '../storage/object-leases.ts';
import { LeaseNotFoundError } from '../storage/storage-errors.ts';

/** An object as it stands, in the version of its address; `object` is the caller's own copy. */
export interface CurrentObject {
  readonly object: ApiObject;
  readonly revision: number;
}

/** What a change of an object comes to. */
export type Change =
  | { readonly kind: 'put'; readonly object: ApiObject }
  | { readonly kind: 'delete' }
  | { readonly kind: 'keep' };

export interface ChangeResult {
  /** The object after the change, or its last state where it was deleted. */
  readonly object: CachedObject;
  readonly outcome: 'created' | 'changed' | 'unchanged' | 'deleted';
}

export interface ObjectAddress {
  /** The stored version of the resource; of a custom resource the version that the caller speaks. */
  readonly stored: ResourceInfo;
  readonly namespace: string;
  readonly name: string;
}

/** Attempts of one change under contention, before the client is asked to try again. */
const attemptsMax = 50;

/** Objects in storage with optimistic concurrency: changes are functions of the current state and are repeated when it moved. */
export class ObjectStore {
  constructor(
    private readonly store: KeyValueStore,
    private readonly cache: ObjectCache,
    private readonly leases: ObjectLeases,
    private readonly versions: ObjectVersions,
  ) {}

  /** The newest state, straight from storage. */
  async read(address: ObjectAddress): Promise<CachedObject | undefined> {
    const key = storageKey(address.stored, address.namespace, address.name);
    const { stored } = await this.store.get(key);
    return stored === undefined ? undefined : cachedOf(stored);
  }

  async create(address: ObjectAddress, object: ApiObject, options: WriteOptions): Promise<CachedObject> {
    const { stored, namespace, name } = address;
    const key = storageKey(stored, namespace, name);
    const value = encodeObject(await this.versions.toStorage(stored, object));
    if (options.dryRun) {
      const { stored: existing } = await this.store.get(key);
      if (existing !== undefined) throw alreadyExists(stored, name);
      return this.versions.serveOne(stored, new CachedObject(key, 0, value));
    }
    const outcome = await this.withLease(options, (lease) => this.store.create(key, value, lease));
    if (!outcome.succeeded) throw alreadyExists(stored, name);
    const created = new CachedObject(key, outcome.revision, spliceResourceVersion(value, outcome.revision));
    return this.versions.serveOne(stored, created);
  }

  /**
   * Applies `decide` to the current state until the result is written. The first try uses the cache, which may be behind: whatever `decide`
   * throws then is believed only after a second look at storage.
   */
  async change(
    address: ObjectAddress,
    options: WriteOptions,
    decide: (current: CurrentObject | undefined) => Change | Promise<Change>,
  ): Promise<ChangeResult> {
    const { stored, namespace, name } = address;
    const key = storageKey(stored, namespace, name);
    let current = this.cache.resource(stored.storage.group, stored.storage.resource).get(key);
    let certain = false;
    if (current === undefined) {
      current = await this.read(address);
      certain = true;
    }
    for (let attempt = 0; attempt < attemptsMax; attempt += 1) {
      const decided = await this.tryDecide(stored, current, decide);
      if (!certain && (decided instanceof ApiError || decided.kind === 'keep')) {
        const live = await this.read(address);
        certain = true;
        const unmoved = live?.revision === current?.revision;
        current = live;
        if (!unmoved) continue;
      }
      if (decided instanceof ApiError) throw decided;
      const done = await this.write(key, current, decided, options, certain);
      if ('result' in done) return { ...done.result, object: await this.versions.serveOne(stored, done.result.object) };
      current = done.moved === undefined ? undefined : cachedOf(done.moved);
      certain = true;
    }
    throw conflict(stored, name);
  }

  /** A refusal is a result: it holds only for the state that it was made for. */
  private async tryDecide(
    stored: ResourceInfo,
    current: CachedObject | undefined,
    decide: (current: CurrentObject | undefined) => Change | Promise<Change>,
  ): Promise<Change | ApiError> {
    try {
      const served = current && (await this.versions.serveOne(stored, current));
      const change = await decide(served && { object: decodeObject(served.bytes), revision: served.revision });
      return change.kind === 'put'
        ? { ...change, object: await this.versions.toStorage(stored, change.object) }
        : change;
    } catch (error) {
      if (error instanceof ApiError) return error;
      throw error;
    }
  }

  private async write(
    key: string,
    current: CachedObject | undefined,
    change: Change,
    options: WriteOptions,
    certain: boolean,
  ): Promise<{ result: ChangeResult } | { moved: StoredValue | undefined }> {
    if (change.kind === 'put') return this.put(key, current, change.object, options, certain);
    if (current === undefined) throw new Error(`nothing stands at ${key} that could be kept or deleted`);
    if (change.kind === 'keep') return { result: { object: current, outcome: 'unchanged' } };
    if (options.dryRun) return { result: { object: current, outcome: 'deleted' } };
    const outcome = await this.store.delete(key, current.revision);
    if (!outcome.succeeded) return { moved: outcome.current };
    return { result: { object: current, outcome: 'deleted' } };
  }

  private async put(
    key: string,
    current: CachedObject | undefined,
    object: ApiObject,
    options: WriteOptions,
    certain: boolean,
  ): Promise<{ result: ChangeResult } | { moved: StoredValue | undefined }> {
    const value = encodeObject(object);
    const revision = current?.revision ?? 0;
    if (current !== undefined && sameBytes(spliceResourceVersion(value, revision), current.bytes)) {
      if (!certain) return { moved: (await this.store.get(key)).stored };
      return { result: { object: current, outcome: 'unchanged' } };
    }
    const outcome = current === undefined ? 'created' : 'changed';
    if (options.dryRun) {
      const bytes = revision === 0 ? value : spliceResourceVersion(value, revision);
      return { result: { object: new CachedObject(key, revision, bytes), outcome } };
    }
    const written = await this.withLease(options, (lease) => this.store.update(key, value, revision, lease));
    if (!written.succeeded) return { moved: written.current };
    const bytes = spliceResourceVersion(value, written.revision);
    return { result: { object: new CachedObject(key, written.revision, bytes), outcome } };
  }

  private async withLease(
    { ttlSeconds }: WriteOptions,
    write: (lease: LeaseId) => Promise<WriteOutcome>,
  ): Promise<WriteOutcome> {
    if (ttlSeconds === undefined) return write('0');
    try {
      return await write(await this.leases.leaseFor(ttlSeconds));
    } catch (error) {
      if (!(error instanceof LeaseNotFoundError)) throw error;
      this.leases.forget(ttlSeconds);
      return write(await this.leases.leaseFor(ttlSeconds));
    }
  }
}

export interface WriteOptions {
  /** Do everything but write. */
  readonly dryRun: boolean;
  /** The object goes by itself about this long after its last write. */
  readonly ttlSeconds?: number;
}

function cachedOf(stored: StoredValue): CachedObject {
  return new CachedObject(stored.key, stored.modRevision, spliceResourceVersion(stored.value, stored.modRevision));
}

function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && Buffer.from(a.buffer, a.byteOffset, a.length).equals(b);
}
