import { type ApiObject, type ResourceInfo, type ResourceTable, type ResourceType, storagePrefix } from '@orrery/api';
import type { ObjectCache } from '../cache/object-cache.ts';
import type { ObjectLookup } from '../registry/object-lookup.ts';

/** What plugins read of the cluster. Objects are shared: never change one, copy it first. */
export class AdmissionReader {
  constructor(
    private readonly table: ResourceTable,
    private readonly lookup: ObjectLookup,
    private readonly cache: ObjectCache,
  ) {}

  /** Looks into storage where the cache has no such object. `namespace` is `''` for cluster-scoped objects. */
  async find<T extends ApiObject>(type: ResourceType<T>, namespace: string, name: string): Promise<T | undefined> {
    return (await this.lookup.find(this.rowOf(type), namespace, name))?.object as T | undefined;
  }

  /** All objects of a kind that the cache has now, of one namespace where one is given. */
  list<T extends ApiObject>(type: ResourceType<T>, namespace?: string): T[] {
    const row = this.rowOf(type);
    const { group, resource } = row.storage;
    const range = this.cache.resource(group, resource).range(storagePrefix(row, namespace));
    return range.map(({ object }) => object as T);
  }

  rowOf(type: ResourceType<ApiObject>): ResourceInfo {
    return this.table.mustFind(type);
  }
}
