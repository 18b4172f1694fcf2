import { createHash } from 'node:crypto';
import type { ResourceInfo, ResourceTable } from '../resource/resource-table.ts';

/** Changes when a resource starts to be stored as another version: clients compare it, nobody reads it. */
export function storageVersionHash(table: ResourceTable, info: ResourceInfo): string {
  const { group, version, resource } = info.storage;
  const kind = table.find(group, version, resource)?.kind ?? info.kind;
  return createHash('sha256').update(`${group}/${version}/${kind}`).digest().subarray(0, 8).toString('base64');
}
