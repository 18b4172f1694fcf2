import type { ObjectMeta } from '../generated/kinds.ts';

/** What every object of the API has. */
export interface ApiObject {
  apiVersion: string;
  kind: string;
  metadata: ObjectMeta;
}

/** The plural path of a resource in one version: `/apis/<group>/<version>/…/<resource>`. The core group is `''`. */
export interface GroupVersionResource {
  readonly group: string;
  readonly version: string;
  readonly resource: string;
}

/**
 * Names a resource in code and carries the type of its objects: `api.get(Pod, key)` is a `Pod`. Tokens of the built-in kinds are
 * generated; `resourceType` makes one for a custom resource.
 */
export interface ResourceType<T extends ApiObject> extends GroupVersionResource {
  /** Never set; only carries the type. */
  readonly objectType?: T;
}

/** The token of a resource, built-in or custom. */
export function resourceType<T extends ApiObject>(group: string, version: string, resource: string): ResourceType<T> {
  return { group, version, resource };
}

/** Namespace and name of an object; cluster-scoped objects have the namespace `''`. */
export interface ObjectKey {
  readonly namespace: string;
  readonly name: string;
}

/** The key of an object. */
export function keyOf(object: ApiObject): ObjectKey {
  return { namespace: object.metadata.namespace ?? '', name: object.metadata.name };
}

/** `namespace/name`, or `name` for cluster-scoped objects: for maps, work queues and logs. */
export function keyText(key: ObjectKey): string {
  return key.namespace === '' ? key.name : `${key.namespace}/${key.name}`;
}

/** An object as a client sends it to be created: the server fills in the rest. */
export type Draft<T extends ApiObject> = Omit<T, 'apiVersion' | 'kind' | 'metadata' | 'status'> & {
  apiVersion?: string;
  kind?: string;
  metadata: Partial<ObjectMeta>;
  status?: unknown;
};

/** A list as the API serves it. */
export interface ObjectList<T extends ApiObject> {
  apiVersion: string;
  kind: string;
  metadata: { resourceVersion: string; continue?: string; remainingItemCount?: number };
  items: T[];
}
