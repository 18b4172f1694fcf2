import {
  type CustomResourceDefinition,
  GenericStrategy,
  type GroupVersion,
  type KindRules,
  type ResourceCatalog,
  type ResourceInfo,
  ResourceTable,
  storagePrefix,
} from '@orrery/api';
import { byVersionPriority, definedResources, definitionRules } from '@orrery/custom-resource';
import type { CachedObject } from '../cache/cached-object.ts';
import type { ObjectCache } from '../cache/object-cache.ts';

export const definitionGroup = 'apiextensions.k8s.io';

/** The table with the rules of definitions, which lie outside of the library that it comes from. */
export function withDefinitionRules(table: ResourceTable): ResourceTable {
  return new ResourceTable(
    table.all().map((info) => {
      if (info.group !== definitionGroup || info.resource !== 'customresourcedefinitions') return info;
      return { ...info, strategy: new GenericStrategy(info, definitionRules as unknown as KindRules) };
    }),
  );
}

/**
 * The built-in resources and those of all definitions that the cache holds. Follows the cache without being told: the cache hands out the same list
 * of definitions until one changes.
 */
export class DefinitionCatalog implements ResourceCatalog {
  /** Of definitions; `undefined` where the API group is switched off. */
  readonly definitions: ResourceInfo | undefined;
  private seen: readonly CachedObject[] | undefined;
  private current: ResourceTable;
  /** Rows of definitions that have not changed stay the same objects, and with them whatever is kept about them. */
  private rows = new Map<CachedObject, readonly ResourceInfo[]>();

  constructor(
    private readonly builtIn: ResourceTable,
    private readonly cache: ObjectCache,
  ) {
    this.current = builtIn;
    this.definitions = builtIn.find(definitionGroup, 'v1', 'customresourcedefinitions');
  }

  get table(): ResourceTable {
    const definitions = this.cachedDefinitions();
    if (definitions !== this.seen) this.rebuild(definitions);
    return this.current;
  }

  find(group: string, version: string, resource: string): ResourceInfo | undefined {
    return this.table.find(group, version, resource);
  }

  byKind(group: string, version: string, kind: string): ResourceInfo | undefined {
    return this.table.byKind(group, version, kind);
  }

  all(): readonly ResourceInfo[] {
    return this.table.all();
  }

  groupVersions(): readonly GroupVersion[] {
    return this.table.groupVersions();
  }

  /** Like `find`, with everything that was acknowledged before the call: a client may know of a definition before this server does. */
  async findNewest(group: string, version: string, resource: string): Promise<ResourceInfo | undefined> {
    const known = this.find(group, version, resource);
    if (known !== undefined || !group.includes('.') || !(await this.cache.waitUntilFresh())) return known;
    return this.find(group, version, resource);
  }

  private cachedDefinitions(): readonly CachedObject[] | undefined {
    if (this.definitions === undefined) return this.seen;
    const { group, resource } = this.definitions;
    return this.cache.resource(group, resource).range(storagePrefix(this.definitions));
  }

  private rebuild(definitions: readonly CachedObject[] = []): void {
    const rows = new Map(
      definitions.map((cached) => {
        const definition = cached.object as CustomResourceDefinition;
        return [cached, this.rows.get(cached) ?? definedResources(definition)] as const;
      }),
    );
    this.seen = definitions;
    this.rows = rows;
    this.current = this.builtIn.with(byGroup([...rows.values()].flat()).filter((row) => !this.isBuiltIn(row)));
  }

  /** A definition cannot replace a resource of Kubernetes. */
  private isBuiltIn({ group, version, resource }: ResourceInfo): boolean {
    return this.builtIn.find(group, version, resource) !== undefined;
  }
}

/** Groups by name; within a group the rows of a version stay together, in the order of the definitions' versions. */
function byGroup(rows: ResourceInfo[]): ResourceInfo[] {
  return rows.sort((a, b) =>
    a.group < b.group ? -1 : a.group > b.group ? 1 : byVersionPriority(a.version, b.version),
  );
}
