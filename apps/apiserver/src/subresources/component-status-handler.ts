import { type ComponentStatus, encodeObject, methodNotAllowed, notFound } from '@orrery/api';
import { CachedObject } from '../cache/cached-object.ts';
import type { ObjectCache } from '../cache/object-cache.ts';
import type { ApiResponse } from '../http/api-response.ts';
import type { Representation } from '../negotiation/representation.ts';
import type { ResourceContext } from '../registry/resource-context.ts';

/** `componentstatuses`, deprecated but asked for by old clients: tells of storage, the only component that this server can see. */
export class ComponentStatusHandler {
  constructor(
    private readonly cache: ObjectCache,
    private readonly represent: (context: ResourceContext) => Representation,
  ) {}

  async handle(context: ResourceContext): Promise<ApiResponse> {
    const { target, info } = context;
    const storage = shown(storageStatus(this.cache.filled));
    switch (target.verb) {
      case 'list':
        return this.represent(context).list([storage], { resourceVersion: '' });
      case 'get':
        if (target.name !== 'etcd-0') throw notFound(info, target.name);
        return this.represent(context).object(storage);
      default:
        throw methodNotAllowed(info, target.verb);
    }
  }
}

function storageStatus(reached: boolean): ComponentStatus {
  const health = reached ? { status: 'True', message: 'ok' } : { status: 'False', message: 'not reached yet' };
  return {
    kind: 'ComponentStatus',
    apiVersion: 'v1',
    metadata: { name: 'etcd-0' },
    conditions: [{ type: 'Healthy', ...health }],
  } as ComponentStatus;
}

/** As if it were stored, so that it is written in every form that a client may ask for. */
function shown(status: ComponentStatus): CachedObject {
  return new CachedObject('', 0, encodeObject(status));
}
