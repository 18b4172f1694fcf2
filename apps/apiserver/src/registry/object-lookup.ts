import { type ResourceInfo, storageKey } from '@orrery/api';
import type { CachedObject } from '../cache/cached-object.ts';
import type { ObjectCache } from '../cache/object-cache.ts';
import type { ObjectStore } from './object-store.ts';

/** Finds single objects for the server's own use: in the cache, and where it has none, in storage. */
export class ObjectLookup {
  constructor(
    private readonly cache: ObjectCache,
    private readonly objects: ObjectStore,
  ) {}

  async find(stored: ResourceInfo, namespace: string, name: string): Promise<CachedObject | undefined> {
    return this.cached(stored, namespace, name) ?? (await this.objects.read({ stored, namespace, name }));
  }

  /** What the cache has now, which may be a moment old. */
  cached(stored: ResourceInfo, namespace: string, name: string): CachedObject | undefined {
    const { group, resource } = stored.storage;
    return this.cache.resource(group, resource).get(storageKey(stored, namespace, name));
  }
}
