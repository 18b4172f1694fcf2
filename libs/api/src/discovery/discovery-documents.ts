import type { APIGroup, APIGroupList, APIResource, APIResourceList } from '../generated/kinds.ts';
import {
  apiVersionOf,
  type ResourceInfo,
  type ResourceTable,
  type SubresourceInfo,
} from '../resource/resource-table.ts';
import { storageVersionHash } from './storage-version-hash.ts';

/** Answer of `/api`. */
export interface ApiVersions {
  readonly kind: 'APIVersions';
  readonly versions: readonly string[];
  readonly serverAddressByClientCIDRs: readonly { readonly clientCIDR: string; readonly serverAddress: string }[];
}

/** `/api`: the versions of the core group. `serverAddress` is `host:port`. */
export function apiVersions(serverAddress: string): ApiVersions {
  return {
    kind: 'APIVersions',
    versions: ['v1'],
    serverAddressByClientCIDRs: [{ clientCIDR: '0.0.0.0/0', serverAddress }],
  };
}

/** `/apis`: all groups but the core group, by priority. */
export function apiGroupList(table: ResourceTable): APIGroupList {
  return {
    kind: 'APIGroupList',
    apiVersion: 'v1',
    groups: groupNames(table)
      .filter((group) => group !== '')
      .map((group) => groupWithVersions(table, group)),
  };
}

/** `/apis/<group>`; `undefined` for a group that is not served. */
export function apiGroup(table: ResourceTable, group: string): APIGroup | undefined {
  if (group === '' || !groupNames(table).includes(group)) return undefined;
  return { kind: 'APIGroup', apiVersion: 'v1', ...groupWithVersions(table, group) };
}

/** `/api/v1` and `/apis/<group>/<version>`; `undefined` for a version that is not served. */
export function apiResourceList(table: ResourceTable, group: string, version: string): APIResourceList | undefined {
  const rows = resourcesOf(table, group, version);
  if (rows.length === 0) return undefined;
  const resources = rows.flatMap((info) => [
    resourceEntry(table, info),
    ...info.subresources.map((subresource) => subresourceEntry(info, subresource)),
  ]);
  return {
    kind: 'APIResourceList',
    ...(group === '' ? {} : { apiVersion: 'v1' }),
    groupVersion: apiVersionOf({ group, version }),
    resources: resources.sort((a, b) => (a.name < b.name ? -1 : 1)),
  };
}

/** Groups in order of priority; the core group is `''`. */
export function groupNames(table: ResourceTable): string[] {
  return [...new Set(table.groupVersions().map(({ group }) => group))];
}

/** The versions of a group, the preferred one first. */
export function versionsOf(table: ResourceTable, group: string): string[] {
  return table
    .groupVersions()
    .filter((other) => other.group === group)
    .map(({ version }) => version);
}

/** Resources of one group version by name. */
export function resourcesOf(table: ResourceTable, group: string, version: string): ResourceInfo[] {
  const rows = table.all().filter((info) => info.group === group && info.version === version);
  return rows.sort((a, b) => (a.resource < b.resource ? -1 : 1));
}

function groupWithVersions(table: ResourceTable, group: string): APIGroup {
  const versions = versionsOf(table, group).map((version) => ({ groupVersion: `${group}/${version}`, version }));
  const [preferredVersion] = versions;
  return { name: group, versions, ...(preferredVersion ? { preferredVersion } : {}) };
}

function resourceEntry(table: ResourceTable, info: ResourceInfo): APIResource {
  const { resource, singular, namespaced, kind, verbs, shortNames, categories } = info;
  return {
    name: resource,
    singularName: singular,
    namespaced,
    kind,
    verbs: [...verbs],
    ...(shortNames.length > 0 ? { shortNames: [...shortNames] } : {}),
    ...(categories.length > 0 ? { categories: [...categories] } : {}),
    ...(isStored(info) ? { storageVersionHash: storageVersionHash(table, info) } : {}),
  };
}

function subresourceEntry(info: ResourceInfo, { name, group, version, kind, verbs }: SubresourceInfo): APIResource {
  const foreign = group !== info.group || version !== info.version;
  return {
    name: `${info.resource}/${name}`,
    singularName: '',
    namespaced: info.namespaced,
    ...(foreign ? { group, version } : {}),
    kind,
    verbs: [...verbs],
  };
}

/** Reviews and bindings are only ever created, component statuses only computed. */
function isStored({ verbs }: ResourceInfo): boolean {
  return verbs.includes('watch');
}
