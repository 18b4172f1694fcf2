import type { APIGroup, APIGroupList, APIService, ApiGroupDiscovery, ApiGroupDiscoveryList } from '@orrery/api';
import { isRemote, type RemoteApiService } from './api-services.ts';
import type { RemoteDocument } from './remote-documents.ts';

type DocumentOf = (service: RemoteApiService) => RemoteDocument;
type VersionDiscovery = ApiGroupDiscovery['versions'][number];

/** `/apis` with the groups that others serve. `services` in the order of discovery. */
export function mergedGroupList(local: APIGroupList, services: readonly APIService[]): APIGroupList {
  const groups = mergedGroups(
    local.groups,
    services,
    ({ name }) => name,
    (group, known) => groupOf(group, known, services),
  );
  return { ...local, groups };
}

/** `/apis/<group>` of a group of which others serve a version. */
export function mergedGroup(local: APIGroup | undefined, group: string, services: readonly APIService[]): APIGroup {
  return { kind: 'APIGroup', apiVersion: 'v1', ...groupOf(group, local, services) };
}

/** Aggregated discovery with what others serve; `Stale` where they do not answer. */
export function mergedAggregated(
  local: ApiGroupDiscoveryList,
  services: readonly APIService[],
  documentOf: DocumentOf,
): ApiGroupDiscoveryList {
  const items = mergedGroups(
    local.items,
    services,
    ({ metadata }) => metadata.name ?? '',
    (group, known) => ({
      metadata: known?.metadata ?? { name: group, creationTimestamp: null },
      versions: mergedVersions(
        group,
        known?.versions ?? [],
        services,
        ({ version }) => version,
        (service) => versionDiscovery(service, documentOf(service)),
      ),
    }),
  );
  return { ...local, items };
}

function versionDiscovery({ spec }: RemoteApiService, { resources, current }: RemoteDocument): VersionDiscovery {
  return { version: spec.version ?? '', resources, freshness: current ? 'Current' : 'Stale' };
}

function groupOf(group: string, local: APIGroup | undefined, services: readonly APIService[]): APIGroup {
  const entry = (version: string) => ({ groupVersion: `${group}/${version}`, version });
  const versions = mergedVersions(
    group,
    local?.versions ?? [],
    services,
    ({ version }) => version,
    ({ spec }) => entry(spec.version ?? ''),
  );
  const [preferredVersion] = versions;
  return { name: group, versions, ...(preferredVersion && { preferredVersion }) };
}

/** Groups that nobody else has a part in stay as they are; the others come by their priority. */
function mergedGroups<Group>(
  local: readonly Group[],
  services: readonly APIService[],
  nameOf: (group: Group) => string,
  merge: (name: string, known: Group | undefined) => Group,
): Group[] {
  const merged = [...local];
  const priorities = prioritiesOf(services);
  for (const group of new Set(services.filter(isRemote).map(({ spec }) => spec.group ?? ''))) {
    const at = merged.findIndex((candidate) => nameOf(candidate) === group);
    if (at >= 0) {
      merged[at] = merge(group, merged[at]);
      continue;
    }
    const priority = priorities.get(group) ?? 0;
    const before = merged.findIndex(
      (candidate) => (priorities.get(nameOf(candidate)) ?? Number.POSITIVE_INFINITY) < priority,
    );
    merged.splice(before < 0 ? merged.length : before, 0, merge(group, undefined));
  }
  return merged;
}

/** The versions of one group in the order of discovery; those without an APIService of their own come last. */
function mergedVersions<Version>(
  group: string,
  local: readonly Version[],
  services: readonly APIService[],
  nameOf: (version: Version) => string,
  make: (service: RemoteApiService) => Version,
): Version[] {
  const registered = services.filter(({ spec }) => spec.group === group);
  const names = registered.map(({ spec }) => spec.version ?? '');
  const merged = registered.flatMap((service) => {
    if (isRemote(service)) return [make(service)];
    return local.filter((version) => nameOf(version) === service.spec.version);
  });
  return [...merged, ...local.filter((version) => !names.includes(nameOf(version)))];
}

function prioritiesOf(services: readonly APIService[]): ReadonlyMap<string, number> {
  const priorities = new Map<string, number>();
  for (const { spec } of services) {
    const { group = '', groupPriorityMinimum } = spec;
    priorities.set(group, Math.max(priorities.get(group) ?? 0, groupPriorityMinimum));
  }
  return priorities;
}
