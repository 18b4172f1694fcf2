import type { ResourceInfo, ResourceTable } from '../resource/resource-table.ts';
import { groupNames, resourcesOf, versionsOf } from './discovery-documents.ts';

interface ResponseKind {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
}

export interface ApiSubresourceDiscovery {
  readonly subresource: string;
  readonly responseKind: ResponseKind;
  readonly verbs: readonly string[];
}

export interface ApiResourceDiscovery {
  readonly resource: string;
  readonly responseKind: ResponseKind;
  readonly scope: 'Namespaced' | 'Cluster';
  readonly singularResource: string;
  readonly verbs: readonly string[];
  readonly shortNames?: readonly string[];
  readonly categories?: readonly string[];
  readonly subresources?: readonly ApiSubresourceDiscovery[];
}

export interface ApiGroupDiscovery {
  readonly metadata: { readonly name?: string; readonly creationTimestamp: null };
  readonly versions: readonly {
    readonly version: string;
    readonly resources: readonly ApiResourceDiscovery[];
    /** `Stale` is for aggregated API servers that do not answer. */
    readonly freshness: 'Current' | 'Stale';
  }[];
}

/** All groups in one document, so that a client needs one request instead of one a group version. */
export interface ApiGroupDiscoveryList {
  readonly kind: 'APIGroupDiscoveryList';
  readonly apiVersion: string;
  readonly metadata: Record<string, never>;
  readonly items: readonly ApiGroupDiscovery[];
}

/**
 * What `/api` (`core`) and `/apis` (`groups`) answer to a client that accepts
 * `application/json;g=apidiscovery.k8s.io;v=<version>;as=APIGroupDiscoveryList`. Both versions have the same form.
 */
export function aggregatedDiscovery(
  table: ResourceTable,
  part: 'core' | 'groups',
  version: 'v2' | 'v2beta1',
): ApiGroupDiscoveryList {
  const groups = groupNames(table).filter((group) => (group === '') === (part === 'core'));
  return {
    kind: 'APIGroupDiscoveryList',
    apiVersion: `apidiscovery.k8s.io/${version}`,
    metadata: {},
    items: groups.map((group) => groupDiscovery(table, group)),
  };
}

function groupDiscovery(table: ResourceTable, group: string): ApiGroupDiscovery {
  return {
    metadata: { ...(group === '' ? {} : { name: group }), creationTimestamp: null },
    versions: versionsOf(table, group).map((version) => ({
      version,
      resources: resourcesOf(table, group, version).map(resourceDiscovery),
      freshness: 'Current',
    })),
  };
}

function resourceDiscovery(info: ResourceInfo): ApiResourceDiscovery {
  const { group, version, kind, resource, namespaced, singular, verbs, shortNames, categories, subresources } = info;
  return {
    resource,
    responseKind: { group, version, kind },
    scope: namespaced ? 'Namespaced' : 'Cluster',
    singularResource: singular,
    verbs,
    ...(shortNames.length > 0 ? { shortNames } : {}),
    ...(categories.length > 0 ? { categories } : {}),
    ...(subresources.length > 0
      ? {
          subresources: subresources.map((sub) => ({
            subresource: sub.name,
            responseKind: { group: sub.group, version: sub.version, kind: sub.kind },
            verbs: sub.verbs,
          })),
        }
      : {}),
  };
}
