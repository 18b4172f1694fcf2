import type { ApiObject, Draft, ObjectKey, ObjectList, ResourceType } from '@orrery/api';
import type {
  ApiClient,
  DeleteOptions,
  Informer,
  ListOptions,
  Patch,
  PatchOptions,
  WriteOptions,
} from '@orrery/client';

/** Finds the informer that caches a resource, if one does. */
export type InformerFinder = (type: ResourceType<ApiObject>) => Informer<ApiObject> | undefined;

/** An API client that remembers its writes until the caches have seen them. */
export class TrackedApi implements ApiClient {
  private readonly writes: { readonly informer: Informer<ApiObject>; readonly resourceVersion: string }[] = [];
  private readonly deletions: {
    readonly informer: Informer<ApiObject>;
    readonly key: ObjectKey;
    readonly uid: string;
  }[] = [];

  constructor(
    private readonly api: ApiClient,
    private readonly informerOf: InformerFinder,
  ) {}

  /** Is there something written that the caches may not hold yet? */
  get hasWritten(): boolean {
    return this.writes.length > 0 || this.deletions.length > 0;
  }

  /** Resolves when the caches hold everything written so far; rejects with `AbortedError`. */
  async seen(signal: AbortSignal): Promise<void> {
    for (const { informer, resourceVersion } of this.writes.splice(0)) await informer.caughtUp(resourceVersion, signal);
    for (const { informer, key, uid } of this.deletions.splice(0)) await deletionSeen(informer, key, uid, signal);
  }

  get<T extends ApiObject>(type: ResourceType<T>, key: ObjectKey): Promise<T | undefined> {
    return this.api.get(type, key);
  }

  list<T extends ApiObject>(type: ResourceType<T>, options?: ListOptions): Promise<ObjectList<T>> {
    return this.api.list(type, options);
  }

  async create<T extends ApiObject>(type: ResourceType<T>, object: Draft<T>, options?: WriteOptions): Promise<T> {
    return this.track(type, await this.api.create(type, object, options));
  }

  async update<T extends ApiObject>(type: ResourceType<T>, object: T, options?: WriteOptions): Promise<T> {
    return this.track(type, await this.api.update(type, object, options));
  }

  async updateStatus<T extends ApiObject>(type: ResourceType<T>, object: T, options?: WriteOptions): Promise<T> {
    return this.track(type, await this.api.updateStatus(type, object, options));
  }

  async patch<T extends ApiObject>(
    type: ResourceType<T>,
    key: ObjectKey,
    patch: Patch,
    options?: PatchOptions,
  ): Promise<T> {
    return this.track(type, await this.api.patch(type, key, patch, options));
  }

  async delete<T extends ApiObject>(type: ResourceType<T>, key: ObjectKey, options?: DeleteOptions): Promise<void> {
    const informer = this.informerOf(type);
    const uid = informer?.lister.get(key)?.metadata.uid;
    await this.api.delete(type, key, options);
    if (informer !== undefined && uid !== undefined) this.deletions.push({ informer, key, uid });
  }

  createSubresource<T extends ApiObject, B extends object>(
    type: ResourceType<T>,
    key: ObjectKey,
    subresource: string,
    body: object,
  ): Promise<B> {
    return this.api.createSubresource(type, key, subresource, body);
  }

  async updateSubresource<T extends ApiObject>(type: ResourceType<T>, object: T, subresource: string): Promise<T> {
    return this.track(type, await this.api.updateSubresource(type, object, subresource));
  }

  private track<T extends ApiObject>(type: ResourceType<T>, written: T): T {
    const informer = this.informerOf(type);
    const resourceVersion = written.metadata?.resourceVersion;
    if (informer !== undefined && resourceVersion !== undefined) this.writes.push({ informer, resourceVersion });
    return written;
  }
}

/** The cache shows that the object is gone, replaced, or on its way out. */
function deletionSeen(informer: Informer<ApiObject>, key: ObjectKey, uid: string, signal: AbortSignal): Promise<void> {
  const isSeen = () => {
    const cached = informer.lister.get(key);
    return cached?.metadata.uid !== uid || cached.metadata.deletionTimestamp !== undefined;
  };
  if (isSeen() || signal.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    const end = () => {
      signal.removeEventListener('abort', end);
      void subscription.stop();
      resolve();
    };
    const subscription = informer.onChange(({ current }) => {
      if (current === undefined || current.metadata.uid === uid) if (isSeen()) queueMicrotask(end);
    });
    signal.addEventListener('abort', end);
  });
}
