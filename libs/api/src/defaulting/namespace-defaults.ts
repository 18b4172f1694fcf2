import type { Namespace } from '../generated/kinds.ts';

/** Label by which selectors find a namespace by its name. */
export const namespaceNameLabel = 'kubernetes.io/metadata.name';

export function defaultNamespace({ metadata, status }: Namespace): void {
  if (metadata.name) metadata.labels = { ...metadata.labels, [namespaceNameLabel]: metadata.name };
  status.phase ||= 'Active';
}
