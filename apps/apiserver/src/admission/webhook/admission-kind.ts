import type { ResourceInfo } from '@orrery/api';

export interface GroupVersionKind {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
}

/** The kind of the objects that requests for a resource or one of its subresources carry: `Scale`, `PodExecOptions`, the resource's own. */
export function admissionKind(row: ResourceInfo, subresource: string): GroupVersionKind {
  const { group, version, kind } = row.subresources.find(({ name }) => name === subresource) ?? row;
  return { group, version, kind };
}

/** Is the object of such a request the resource itself, so that it has all the versions that the resource has? */
export function carriesResource(row: ResourceInfo, subresource: string): boolean {
  const { group, kind } = admissionKind(row, subresource);
  return group === row.group && kind === row.kind;
}
