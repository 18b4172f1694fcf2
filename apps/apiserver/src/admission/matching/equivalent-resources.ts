import type { ResourceInfo, ResourceTable } from '@orrery/api';

/** Finds the other versions, and other groups, under which the objects of a resource are served as well. */
export class EquivalentResources {
  private rows: readonly ResourceInfo[] | undefined;
  /** By `<group>/<resource>` of the storage; bounded by the table. */
  private readonly byStorage = new Map<string, ResourceInfo[]>();

  constructor(private readonly table: Pick<ResourceTable, 'all'>) {}

  /** Without `row` itself; with a subresource only those that have it too. */
  of(row: ResourceInfo, subresource: string): readonly ResourceInfo[] {
    this.refresh();
    const all = this.byStorage.get(storageId(row)) ?? [];
    return all.filter(
      (other) =>
        (other.group !== row.group || other.version !== row.version) &&
        (subresource === '' || other.subresources.some(({ name }) => name === subresource)),
    );
  }

  private refresh(): void {
    const rows = this.table.all();
    if (rows === this.rows) return;
    this.rows = rows;
    this.byStorage.clear();
    for (const row of rows) {
      const id = storageId(row);
      this.byStorage.set(id, [...(this.byStorage.get(id) ?? []), row]);
    }
  }
}

function storageId({ storage }: ResourceInfo): string {
  return `${storage.group}/${storage.resource}`;
}
