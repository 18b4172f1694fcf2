/** Every object of the API lies below this key. */
export const REGISTRY_PREFIX = '/registry/';

/** The object that a key means. Empty strings: core group, cluster-scoped. */
export interface RegistryKey {
  readonly group: string;
  readonly resource: string;
  readonly namespace: string;
  readonly name: string;
}

/**
 * Reads `/registry/<group>/<resource>/<namespace or _>/<name>`, given as the key's bytes in a string of one code unit each; `undefined` for every
 * other key.
 */
export function parseRegistryKey(key: string): RegistryKey | undefined {
  if (!key.startsWith(REGISTRY_PREFIX)) return undefined;
  const text = Buffer.from(key.slice(REGISTRY_PREFIX.length), 'latin1').toString('utf8');
  const [group, resource, namespace, ...name] = text.split('/');
  if (group === undefined || resource === undefined || namespace === undefined || name.length === 0) return undefined;
  return {
    group: group === 'core' ? '' : group,
    resource,
    namespace: namespace === '_' ? '' : namespace,
    name: name.join('/'),
  };
}
