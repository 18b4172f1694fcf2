import type { APIService, GroupVersion } from '@orrery/api';
import { byVersionPriority } from '@orrery/custom-resource';
import type { CachedObject } from '../cache/cached-object.ts';
import type { ObjectCache } from '../cache/object-cache.ts';

export const apiRegistrationGroup = 'apiregistration.k8s.io';

/** An APIService that is served by somebody else. */
export type RemoteApiService = APIService & {
  readonly spec: { readonly service: { readonly name: string; readonly namespace: string; readonly port: number } };
};

/** The APIServices as the cache has them now. */
export class ApiServices {
  private objects: readonly CachedObject[] | undefined;
  private sorted: readonly APIService[] = [];
  private remoteByGroupVersion: ReadonlyMap<string, RemoteApiService> = new Map();

  constructor(private readonly cache: ObjectCache) {}

  /** In the order of discovery. */
  list(): readonly APIService[] {
    this.refresh();
    return this.sorted;
  }

  /** Those that somebody else serves, in the order of discovery. */
  remotes(): RemoteApiService[] {
    return this.list().filter(isRemote);
  }

  /** Who serves the group version in place of this server. */
  remote({ group, version }: GroupVersion): RemoteApiService | undefined {
    this.refresh();
    return this.remoteByGroupVersion.get(`${group}/${version}`);
  }

  private refresh(): void {
    // The cache gives the same array until something changes.
    const objects = this.cache.resource(apiRegistrationGroup, 'apiservices').range('');
    if (objects === this.objects) return;
    this.objects = objects;
    this.sorted = inDiscovery(objects.map(({ object }) => object as APIService));
    this.remoteByGroupVersion = new Map(
      this.sorted.filter(isRemote).map((service) => [`${service.spec.group}/${service.spec.version}`, service]),
    );
  }
}

export function isRemote(service: APIService): service is RemoteApiService {
  return service.spec.service !== undefined;
}

export function isAvailable({ status }: APIService): boolean {
  return (status.conditions ?? []).some((condition) => condition.type === 'Available' && condition.status === 'True');
}

/** Groups by the highest priority that one of their versions claims, then by name; the versions of a group by theirs. */
function inDiscovery(services: readonly APIService[]): APIService[] {
  const priorities = new Map<string, number>();
  for (const { spec } of services) {
    const { group = '', groupPriorityMinimum } = spec;
    priorities.set(group, Math.max(priorities.get(group) ?? 0, groupPriorityMinimum));
  }
  const byVersion = (a: APIService, b: APIService): number =>
    b.spec.versionPriority - a.spec.versionPriority || byVersionPriority(a.spec.version ?? '', b.spec.version ?? '');
  return [...services].sort((a, b) => {
    const [first, second] = [a.spec.group ?? '', b.spec.group ?? ''];
    if (first === second) return byVersion(a, b);
    return (priorities.get(second) ?? 0) - (priorities.get(first) ?? 0) || (first < second ? -1 : 1);
  });
}
