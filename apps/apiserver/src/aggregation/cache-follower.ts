import type { ObjectCache } from '../cache/object-cache.ts';
import type { CacheEvent, CacheListener, ResourceCache } from '../cache/resource-cache.ts';

/** Which changes of a resource matter. */
export interface FollowedResource {
  readonly group: string;
  readonly resource: string;
  /** Default: all changes. */
  concerns?(event: CacheEvent): boolean;
}

/** Calls `wake` when something has changed that matters, and when it cannot tell. */
export class CacheFollower {
  private readonly listeners: { readonly resource: ResourceCache; readonly listener: CacheListener }[] = [];

  constructor(
    private readonly cache: ObjectCache,
    private readonly resources: readonly FollowedResource[],
    private readonly wake: () => void,
  ) {}

  start(): void {
    for (const { group, resource, concerns } of this.resources) {
      const followed = this.cache.resource(group, resource);
      const listener: CacheListener = {
        onEvent: (event) => {
          if (concerns?.(event) ?? true) this.wake();
        },
        onReset: () => {
          // The cache forgets its listeners when it starts over.
          if (this.listeners.some((known) => known.listener === listener)) followed.listen(listener);
          this.wake();
        },
      };
      this.listeners.push({ resource: followed, listener });
      followed.listen(listener);
    }
  }

  stop(): void {
    for (const { resource, listener } of this.listeners.splice(0)) resource.unlisten(listener);
  }
}
