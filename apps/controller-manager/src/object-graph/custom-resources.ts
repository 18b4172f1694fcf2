import { CustomResourceDefinition, type GroupVersionResource } from '@orrery/api';
import type { ApiClient } from '@orrery/client';

/** A resource that a definition adds, in a version that is served: the one that it is stored in, if that is served. */
export interface CustomResource extends GroupVersionResource {
  readonly kind: string;
  readonly namespaced: boolean;
}

/** The custom resources that are served now. */
export async function customResources(api: ApiClient): Promise<CustomResource[]> {
  const { items } = await api.list(CustomResourceDefinition);
  return items.flatMap((definition) => servedResource(definition) ?? []);
}

/** `undefined` where the definition is not established, or serves no version. */
export function servedResource({ spec, status }: CustomResourceDefinition): CustomResource | undefined {
  const isEstablished = status?.conditions?.some(({ type, status: is }) => type === 'Established' && is === 'True');
  const version =
    spec.versions.find(({ storage, served }) => storage && served) ?? spec.versions.find(({ served }) => served);
  if (!isEstablished || version === undefined) return undefined;
  const { group, names, scope } = spec;
  return { group, version: version.name, resource: names.plural, kind: names.kind, namespaced: scope === 'Namespaced' };
}
