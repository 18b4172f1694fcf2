import type { ApiObject, ObjectKey, ResourceInfo } from '@orrery/api';

export type PatchType = 'json' | 'merge' | 'strategic' | 'apply';

/** An event of a watch, as far as the contract looks at it. */
export interface SeenEvent {
  readonly type: string;
  readonly object: ApiObject;
}

/** A watch that has begun. */
export interface OpenWatch {
  /** The next event of the object of this name; waits for it. */
  next(name: string): Promise<SeenEvent>;
  close(): Promise<void>;
}

/** One way to reach the API: what a client of that kind can do with every resource. All calls reject when the server refuses. */
export interface Face {
  readonly name: string;
  /** The forms of patches that such clients can send. */
  patchTypes(info: ResourceInfo): readonly PatchType[];
  create(info: ResourceInfo, object: ApiObject): Promise<ApiObject>;
  get(info: ResourceInfo, key: ObjectKey): Promise<ApiObject>;
  list(info: ResourceInfo, namespace: string): Promise<ApiObject[]>;
  /** Everything of the resource in the namespace, beginning with what is there. */
  watch(info: ResourceInfo, namespace: string): Promise<OpenWatch>;
  update(info: ResourceInfo, object: ApiObject): Promise<ApiObject>;
  patch(info: ResourceInfo, key: ObjectKey, type: PatchType, patch: unknown): Promise<ApiObject>;
  delete(info: ResourceInfo, key: ObjectKey): Promise<void>;
  /** The header and the row that a person would see, where such clients show tables. */
  table?(info: ResourceInfo, key: ObjectKey): Promise<{ readonly header: string; readonly row: string }>;
  /** The documentation of all fields, where such clients show it. */
  explain?(info: ResourceInfo): Promise<string>;
}

/** The path of an object, or of all objects of a resource where `name` is `''`. */
export function pathOf({ group, version, resource, namespaced }: ResourceInfo, { namespace, name }: ObjectKey): string {
  const root = group === '' ? `/api/${version}` : `/apis/${group}/${version}`;
  const scope = namespaced && namespace !== '' ? `/namespaces/${namespace}` : '';
  return `${root}${scope}/${resource}${name === '' ? '' : `/${name}`}`;
}

/** `deployments.v1.apps`, as kubectl takes a resource in one version. */
export function kubectlName({ group, version, resource }: ResourceInfo): string {
  return `${resource}.${version}.${group}`;
}
