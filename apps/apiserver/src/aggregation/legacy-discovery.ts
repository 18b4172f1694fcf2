import type { APIResource, ApiResourceDiscovery, GroupVersion } from '@orrery/api';

/** The resources of an `APIResourceList` in the form of aggregated discovery, in which subresources stand with their resource. */
export function discoveredResources(list: Readonly<Record<string, unknown>>, of: GroupVersion): ApiResourceDiscovery[] {
  const entries = (Array.isArray(list.resources) ? list.resources : []) as APIResource[];
  const kindOf = ({ group, version, kind }: APIResource) => ({
    group: group || of.group,
    version: version || of.version,
    kind,
  });
  const subresourcesOf = (name: string) =>
    entries
      .filter((entry) => entry.name.startsWith(`${name}/`))
      .map((entry) => ({
        subresource: entry.name.slice(name.length + 1),
        responseKind: kindOf(entry),
        verbs: entry.verbs,
      }));
  return entries
    .filter(({ name }) => !name.includes('/'))
    .map((entry) => {
      const subresources = subresourcesOf(entry.name);
      return {
        resource: entry.name,
        responseKind: kindOf(entry),
        scope: entry.namespaced ? 'Namespaced' : 'Cluster',
        singularResource: entry.singularName,
        verbs: entry.verbs,
        ...(entry.shortNames?.length && { shortNames: entry.shortNames }),
        ...(entry.categories?.length && { categories: entry.categories }),
        ...(subresources.length > 0 && { subresources }),
      };
    });
}
