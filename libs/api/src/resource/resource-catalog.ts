import type { ResourceTable } from './resource-table.ts';

/** Finds resources by path and by kind. */
export type ResourceLookup = Pick<ResourceTable, 'find' | 'byKind' | 'all' | 'groupVersions'>;

/** The resources as they are now: custom resources come and go while the server runs. A table by itself is a catalog that never changes. */
export interface ResourceCatalog extends ResourceLookup {
  /** The same object until something changes. */
  readonly table: ResourceTable;
}
