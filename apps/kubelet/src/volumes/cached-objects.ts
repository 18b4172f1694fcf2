import { ConfigMap, Secret } from '@orrery/api';
import type { ApiClient } from '@orrery/client';
import type { Clock, Milliseconds } from '@orrery/runtime';
import type { ObjectSource } from '../environment/object-source.ts';

interface Entry<T> {
  readonly object: Promise<T | undefined>;
  readonly fetchedAt: Milliseconds;
}

/** ConfigMaps and Secrets through the API, shared by the node's pods for a short time, so that many pods of one kind ask once. */
export class CachedObjects implements ObjectSource {
  private readonly configMaps = new Map<string, Entry<ConfigMap>>();
  private readonly secrets = new Map<string, Entry<Secret>>();

  /** `maxAge`: how old an answer may be. `entriesMax`: the oldest goes first. */
  constructor(
    private readonly api: ApiClient,
    private readonly clock: Clock,
    private readonly maxAge: Milliseconds = 1_000,
    private readonly entriesMax = 1_000,
  ) {}

  configMap(namespace: string, name: string): Promise<ConfigMap | undefined> {
    return this.fetch(this.configMaps, namespace, name, () => this.api.get(ConfigMap, { namespace, name }));
  }

  secret(namespace: string, name: string): Promise<Secret | undefined> {
    return this.fetch(this.secrets, namespace, name, () => this.api.get(Secret, { namespace, name }));
  }

  private fetch<T>(
    cache: Map<string, Entry<T>>,
    namespace: string,
    name: string,
    get: () => Promise<T | undefined>,
  ): Promise<T | undefined> {
    const key = `${namespace}/${name}`;
    const known = cache.get(key);
    if (known && this.clock.now() - known.fetchedAt < this.maxAge) return known.object;
    cache.delete(key);
    const object = get().then(
      (found) => {
        if (found === undefined) cache.delete(key);
        return found;
      },
      (error: unknown) => {
        cache.delete(key);
        throw error;
      },
    );
    cache.set(key, { object, fetchedAt: this.clock.now() });
    const oldest = cache.size > this.entriesMax ? cache.keys().next().value : undefined;
    if (oldest !== undefined) cache.delete(oldest);
    return object;
  }
}
