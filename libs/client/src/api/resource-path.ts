import type { ApiObject, GroupVersionResource, ObjectKey, ResourceType } from '@orrery/api';

/** Path of a collection; all namespaces, or cluster-scoped, where `namespace` is `''`. */
export function collectionPath(type: GroupVersionResource, namespace: string): string {
  const root = type.group === '' ? `/api/${type.version}` : `/apis/${type.group}/${type.version}`;
  const scope = namespace === '' ? '' : `/namespaces/${encodeURIComponent(namespace)}`;
  return `${root}${scope}/${type.resource}`;
}

/** Path of one object, or of its subresource. */
export function objectPath<T extends ApiObject>(type: ResourceType<T>, key: ObjectKey, subresource = ''): string {
  const path = `${collectionPath(type, key.namespace)}/${encodeURIComponent(key.name)}`;
  return subresource === '' ? path : `${path}/${subresource}`;
}

/** `?a=1&b=2` of the parameters that are set; `''` where none is. */
export function queryText(parameters: Readonly<Record<string, string | number | undefined>>): string {
  const set = Object.entries(parameters).filter(([, value]) => value !== undefined && value !== '');
  if (set.length === 0) return '';
  return `?${set.map(([name, value]) => `${name}=${encodeURIComponent(String(value))}`).join('&')}`;
}
