import type { ObjectCache } from '../cache/object-cache.ts';
import type { ApiResponse } from '../http/api-response.ts';
import type { ResourceContext } from '../registry/resource-context.ts';
import type { SpecialHandler } from './resource-routes.ts';

const readVerbs = new Set(['get', 'list', 'watch']);

/**
 * For resources by which the server itself goes: a write is answered when the cache shows it, so that whoever has the answer may count on
 * its effect at this server.
 */
export class SettledWrites implements SpecialHandler {
  constructor(
    private readonly handler: SpecialHandler,
    private readonly cache: ObjectCache,
  ) {}

  async handle(context: ResourceContext): Promise<ApiResponse> {
    const response = await this.handler.handle(context);
    // The write is done whether or not the cache follows in time.
    if (!readVerbs.has(context.target.verb)) await this.cache.waitUntilFresh().catch(() => false);
    return response;
  }
}
