import type { ApiObject, Draft, ObjectKey, ObjectList, ResourceType } from '@orrery/api';

/**
 * Typed access to the API. Over the bus for our components, over HTTPS for everybody else; both make the same requests.
 * Failures are `ApiError` from `@orrery/api`, with the server's `Status`.
 */
export interface ApiClient {
  /** `undefined` where the object does not exist. */
  get<T extends ApiObject>(type: ResourceType<T>, key: ObjectKey): Promise<T | undefined>;
  /** All objects, of all namespaces unless one is given. */
  list<T extends ApiObject>(type: ResourceType<T>, options?: ListOptions): Promise<ObjectList<T>>;
  create<T extends ApiObject>(type: ResourceType<T>, object: Draft<T>, options?: WriteOptions): Promise<T>;
  /** Replaces the object; the server refuses it with `Conflict` unless its resourceVersion is the newest. */
  update<T extends ApiObject>(type: ResourceType<T>, object: T, options?: WriteOptions): Promise<T>;
  updateStatus<T extends ApiObject>(type: ResourceType<T>, object: T, options?: WriteOptions): Promise<T>;
  patch<T extends ApiObject>(type: ResourceType<T>, key: ObjectKey, patch: Patch, options?: PatchOptions): Promise<T>;
  /** Succeeds also where the object does not exist any more. */
  delete<T extends ApiObject>(type: ResourceType<T>, key: ObjectKey, options?: DeleteOptions): Promise<void>;
  /** POST to a subresource: `binding`, `eviction`, `token`. */
  createSubresource<T extends ApiObject, B extends object>(
    type: ResourceType<T>,
    key: ObjectKey,
    subresource: string,
    body: object,
  ): Promise<B>;
  /** PUT to a subresource that takes the object itself: `finalize`. */
  updateSubresource<T extends ApiObject>(type: ResourceType<T>, object: T, subresource: string): Promise<T>;
}

export interface ListOptions {
  readonly namespace?: string;
  readonly labelSelector?: string;
  readonly fieldSelector?: string;
}

export interface WriteOptions {
  readonly fieldManager?: string;
}

export interface PatchOptions extends WriteOptions {
  readonly subresource?: string;
}

export type Patch =
  | { readonly type: 'json'; readonly operations: readonly object[] }
  | { readonly type: 'merge'; readonly body: object }
  | { readonly type: 'strategic'; readonly body: object };

export interface DeleteOptions {
  readonly gracePeriodSeconds?: number;
  readonly propagationPolicy?: 'Orphan' | 'Background' | 'Foreground';
  readonly preconditions?: { readonly uid?: string; readonly resourceVersion?: string };
}
