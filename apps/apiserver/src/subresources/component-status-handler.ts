import { methodNotAllowed, notFound } from '@orrery/api';
import type { ObjectCache } from '../cache/object-cache.ts';
import { type ApiResponse, jsonResponse } from '../http/api-response.ts';
import type { ResourceContext } from '../registry/resource-context.ts';

/** `componentstatuses`, deprecated but asked for by old clients: tells of storage, the only component that this server can see. */
export class ComponentStatusHandler {
  constructor(private readonly cache: ObjectCache) {}

  async handle({ target, info }: ResourceContext): Promise<ApiResponse> {
    const status = this.storageStatus();
    switch (target.verb) {
      case 'list':
        return jsonResponse({ kind: 'ComponentStatusList', apiVersion: 'v1', metadata: {}, items: [status] });
      case 'get':
        if (target.name !== 'etcd-0') throw notFound(info, target.name);
        return jsonResponse(status);
      default:
        throw methodNotAllowed(info, target.verb);
    }
  }

  private storageStatus(): unknown {
    const healthy = this.cache.filled;
    const condition = {
      type: 'Healthy',
      status: healthy ? 'True' : 'False',
      message: healthy ? 'ok' : 'not reached yet',
    };
    return { kind: 'ComponentStatus', apiVersion: 'v1', metadata: { name: 'etcd-0' }, conditions: [condition] };
  }
}
