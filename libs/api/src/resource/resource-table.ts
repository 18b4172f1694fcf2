import { invariant } from '@orrery/runtime';
import { resourcesJson } from '../generated/resources-table.ts';
import { TypeSchemas } from '../schema/type-schemas.ts';
import type { Strategy } from '../strategy/strategy.ts';
import type { CustomKind } from './custom-kind.ts';
import { deprecationWarnings } from './deprecation-warnings.ts';
import type { ResourceCatalog } from './resource-catalog.ts';
import type { ApiObject, GroupVersionResource } from './resource-type.ts';

/** One subresource of a resource, with the kind that it takes and gives. */
export interface SubresourceInfo {
  readonly name: string;
  /** Group and version of `kind`: those of the resource, unless another group defines it (`autoscaling/v1` Scale). */
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  readonly verbs: readonly string[];
}

/** A row of the resource table: everything generic code knows about one resource in one version. */
export interface ResourceInfo extends GroupVersionResource {
  readonly kind: string;
  readonly listKind: string;
  readonly singular: string;
  readonly namespaced: boolean;
  readonly shortNames: readonly string[];
  readonly categories: readonly string[];
  readonly verbs: readonly string[];
  readonly subresources: readonly SubresourceInfo[];
  /** Name of the type in the type facts; `''` for custom resources. */
  readonly typeName: string;
  /** What the object is stored as: all versions of a resource (and the two groups of events) share one key. */
  readonly storage: GroupVersionResource;
  /** How the objects live, where that is not ruled in this library. */
  readonly strategy?: Strategy;
  /** Sent with every answer: the kind is deprecated. */
  readonly deprecationWarning?: string;
  /** What the definition of a custom resource rules. */
  readonly custom?: CustomKind;
}

/** A group with one of its versions. */
export interface GroupVersion {
  readonly group: string;
  readonly version: string;
}

/** The resources that an API server serves. Immutable: custom resources make a new table with `with`. */
export class ResourceTable implements ResourceCatalog {
  private static builtInTable: ResourceTable | undefined;
  private readonly byResource = new Map<string, ResourceInfo>();
  private readonly byKindName = new Map<string, ResourceInfo>();

  /** `rows` in order of preference: groups by priority, in a group the preferred version first. */
  constructor(private readonly rows: readonly ResourceInfo[]) {
    for (const row of rows) {
      this.byResource.set(`${row.group}/${row.version}/${row.resource}`, row);
      this.byKindName.set(`${row.group}/${row.version}/${row.kind}`, row);
    }
  }

  /** All resources of Kubernetes 1.36. */
  static builtIn(): ResourceTable {
    ResourceTable.builtInTable ??= new ResourceTable(readFacts());
    return ResourceTable.builtInTable;
  }

  get table(): ResourceTable {
    return this;
  }

  find(group: string, version: string, resource: string): ResourceInfo | undefined {
    return this.byResource.get(`${group}/${version}/${resource}`);
  }

  /** A resource that the code itself relies on; that it is missing is our mistake. */
  mustFind({ group, version, resource }: GroupVersionResource): ResourceInfo {
    const info = this.find(group, version, resource);
    invariant(info !== undefined, `${group}/${version} ${resource} is not in the resource table`);
    return info;
  }

  byKind(group: string, version: string, kind: string): ResourceInfo | undefined {
    return this.byKindName.get(`${group}/${version}/${kind}`);
  }

  all(): readonly ResourceInfo[] {
    return this.rows;
  }

  /** Each group version once; groups by upstream's priority, the preferred version of a group first. */
  groupVersions(): readonly GroupVersion[] {
    const seen = new Map<string, GroupVersion>();
    for (const { group, version } of this.rows) seen.set(`${group}/${version}`, { group, version });
    return [...seen.values()];
  }

  preferredVersion(group: string): string | undefined {
    return this.rows.find((row) => row.group === group)?.version;
  }

  /** A table with more resources, at the end of the order. */
  with(rows: readonly ResourceInfo[]): ResourceTable {
    return new ResourceTable([...this.rows, ...rows]);
  }
}

/** `apps/v1`, or `v1` for the core group. */
export function apiVersionOf(info: GroupVersion): string {
  return info.group === '' ? info.version : `${info.group}/${info.version}`;
}

/** Undoes `apiVersionOf`; `undefined` for a text with more than one slash. */
export function parseApiVersion(apiVersion: string): GroupVersion | undefined {
  const parts = apiVersion.split('/');
  if (parts.length === 1) return { group: '', version: apiVersion };
  const [group = '', version = ''] = parts;
  return parts.length === 2 ? { group, version } : undefined;
}

/** The resource as errors name it: `deployments.apps`, `pods`. */
export function qualifiedResource(info: { readonly group: string; readonly resource: string }): string {
  return info.group === '' ? info.resource : `${info.resource}.${info.group}`;
}

/** Key of an object in the key-value store. A cluster-scoped object's namespace is `''`. */
export function storageKey(info: ResourceInfo, namespace: string, name: string): string {
  return `${storagePrefix(info, namespace)}${name}`;
}

/** Prefix of all keys of a resource, or of those in one namespace. Cluster-scoped resources have one "namespace". */
export function storagePrefix(info: ResourceInfo, namespace?: string): string {
  const { group, resource } = info.storage;
  const head = `/registry/${group === '' ? 'core' : group}/${resource}/`;
  if (!info.namespaced) return `${head}_/`;
  return namespace === undefined || namespace === '' ? head : `${head}${namespace}/`;
}

/** What a storage key names. */
export interface StorageKeyParts {
  readonly group: string;
  readonly resource: string;
  /** `''` for cluster-scoped objects. */
  readonly namespace: string;
  readonly name: string;
}

/** Undoes `storageKey`; `undefined` for a key that is not one of an object. */
export function parseStorageKey(key: string): StorageKeyParts | undefined {
  const parts = key.split('/');
  if (parts.length !== 6 || parts[0] !== '' || parts[1] !== 'registry') return undefined;
  const [, , group = '', resource = '', namespace = '', name = ''] = parts;
  return { group: group === 'core' ? '' : group, resource, namespace: namespace === '_' ? '' : namespace, name };
}

/** The route of an object's events in the registry log: a bound pod's node, `''` otherwise. */
export function routeOf(info: { readonly group: string; readonly resource: string }, object: ApiObject): string {
  if (info.group !== '' || info.resource !== 'pods') return '';
  const { spec } = object as ApiObject & { readonly spec?: { readonly nodeName?: string } };
  return spec?.nodeName ?? '';
}

interface ResourceFact {
  group: string;
  version: string;
  resource: string;
  kind: string;
  singular: string;
  namespaced: boolean;
  shortNames?: string[];
  categories?: string[];
  verbs: string[];
  subresources?: { name: string; kind: string; verbs: string[] }[];
}

function readFacts(): ResourceInfo[] {
  const facts = JSON.parse(resourcesJson) as ResourceFact[];
  const typeNames = TypeSchemas.builtIn().namesByKind();
  return facts.map((fact) => ({
    group: fact.group,
    version: fact.version,
    resource: fact.resource,
    kind: fact.kind,
    listKind: `${fact.kind}List`,
    singular: fact.singular,
    namespaced: fact.namespaced,
    shortNames: fact.shortNames ?? [],
    categories: fact.categories ?? [],
    verbs: fact.verbs,
    subresources: (fact.subresources ?? []).map(({ name, kind, verbs }) => ({
      name,
      ...subresourceKind(fact, kind),
      verbs,
    })),
    typeName: typeNames.get(`${fact.group}/${fact.version}/${fact.kind}`) ?? '',
    storage: storageOf(fact, facts),
    ...deprecationOf(fact),
  }));
}

function deprecationOf({ group, version, kind }: ResourceFact): Pick<ResourceInfo, 'deprecationWarning'> {
  const deprecationWarning = deprecationWarnings.get(`${group}/${version}/${kind}`);
  return deprecationWarning === undefined ? {} : { deprecationWarning };
}

function storageOf(fact: ResourceFact, facts: readonly ResourceFact[]): GroupVersionResource {
  const { resource } = fact;
  if (fact.group === 'events.k8s.io') return { group: '', version: 'v1', resource };
  const preferred = facts.find((other) => other.group === fact.group && other.resource === resource);
  return { group: fact.group, version: preferred?.version ?? fact.version, resource };
}

/** `policy/v1/Eviction`, or a kind of the resource's own version. */
function subresourceKind(fact: ResourceFact, kind: string): { group: string; version: string; kind: string } {
  const parts = kind.split('/');
  if (parts.length !== 3) return { group: fact.group, version: fact.version, kind };
  const [group = '', version = '', name = ''] = parts;
  return { group, version, kind: name };
}
