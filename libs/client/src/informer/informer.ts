import type { ApiObject, ObjectKey, ResourceType } from '@orrery/api';
import type { Subscription } from '@orrery/bus';

/** Reads from an informer's cache. Objects are shared: never change one, copy it first. */
export interface Lister<T extends ApiObject> {
  get(key: ObjectKey): T | undefined;
  /** In no particular order. */
  list(namespace?: string): T[];
  /** Objects under `value` in an index that was declared when the informer was made. */
  byIndex(index: string, value: string): T[];
  /** Objects whose controlling owner has this uid. */
  ownedBy(owner: ApiObject): T[];
}

/** `previous` is undefined for an object that is new here, `current` for one that is gone. */
export type ChangeHandler<T extends ApiObject> = (change: { previous: T | undefined; current: T | undefined }) => void;

/** Keeps a cache of one resource by listing it once and following the registry log from there; lists again when the log has expired. */
export interface Informer<T extends ApiObject> {
  readonly type: ResourceType<T>;
  readonly lister: Lister<T>;
  /** Handlers are called in the order of changes, after the cache holds the change. Existing objects are reported as new. */
  onChange(handler: ChangeHandler<T>): Subscription;
  /** Resolves when the first list is in the cache and has been reported. */
  synced(): Promise<void>;
  /** Resolves when the cache has seen this resourceVersion: read-your-writes. Rejects with `AbortedError`. */
  caughtUp(resourceVersion: string, signal?: AbortSignal): Promise<void>;
}

export interface InformerOptions<T extends ApiObject> {
  /** Values under which an object is found, by index name. */
  readonly indexes?: Readonly<Record<string, (object: T) => string[]>>;
  readonly fieldSelector?: string;
  readonly namespace?: string;
  /** Only events with this route (pods: the node's name); goes with a `fieldSelector` that selects the same objects. */
  readonly route?: string;
}

/** One informer for each resource and set of options, shared by all who ask for it in this process. */
export interface Informers {
  for<T extends ApiObject>(type: ResourceType<T>, options?: InformerOptions<T>): Informer<T>;
  /** Starts those that are not running yet; resolves when all have synced. */
  start(): Promise<void>;
  stop(): Promise<void>;
}
