import { type ResourceInfo, type ResourceLookup, storagePrefix } from '@orrery/api';
import type { ObjectCache } from '../cache/object-cache.ts';
import type { RequestInfo } from '../request-info/request-info.ts';

/** Objects that a list handles for each seat, and the seats of the widest list: upstream's. */
const objectsPerSeat = 100;
const seatsMax = 10;

/** Seats that a request occupies: a list as many as it has objects to look at, everything else one. */
export class RequestWidth {
  constructor(
    private readonly resources: ResourceLookup,
    private readonly cache: ObjectCache,
  ) {}

  seatsOf(target: RequestInfo, query: URLSearchParams): number {
    if (target.kind !== 'resource' || target.verb !== 'list') return 1;
    const info = this.resources.find(target.group, target.version, target.resource);
    if (info === undefined) return 1;
    const seats = Math.ceil(this.objectsToLookAt(info, target.namespace, query) / objectsPerSeat);
    return Math.min(seatsMax, Math.max(1, seats));
  }

  /** With a selector a page may need any number of objects to fill it: upstream takes it for twice the page. */
  private objectsToLookAt(info: ResourceInfo, namespace: string, query: URLSearchParams): number {
    const part = this.cache.resource(info.storage.group, info.storage.resource);
    const stored = namespace === '' ? part.size : part.range(storagePrefix(info, namespace)).length;
    const limit = Number(query.get('limit') ?? '0');
    if (!(limit > 0)) return stored;
    const selects = Boolean(query.get('labelSelector') || query.get('fieldSelector'));
    return Math.min(stored, selects ? limit * 2 : limit);
  }
}
