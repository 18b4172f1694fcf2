import { apiVersionOf, expired } from '@orrery/api';
import type { Host } from '@orrery/runtime';
import type { CachedObject } from '../cache/cached-object.ts';
import type { ObjectCache } from '../cache/object-cache.ts';
import { HistoryExpiredError } from '../cache/resource-cache.ts';
import type { ObjectVersions } from '../custom-resources/object-versions.ts';
import type { ApiResponse } from '../http/api-response.ts';
import type { WatchMetrics } from '../metrics/watch-metrics.ts';
import { type Representation, watchLine } from '../negotiation/representation.ts';
import { type ListOptions, listOptionsOf } from '../registry/list-options.ts';
import { filterOf, type ObjectReader } from '../registry/object-reader.ts';
import type { ResourceContext } from '../registry/resource-context.ts';
import { parseResourceVersion, type ReadState } from '../registry/resource-version.ts';
import { WatchRounds } from './watch-rounds.ts';
import { WatchStream } from './watch-stream.ts';

/** A watch without `timeoutSeconds` ends after this long and up to twice as long, so that not all clients come back at once. */
const watchTimeoutMinMs = 30 * 60_000;
/** The longest time that a watch may ask for: as long as a timer can be set. */
const watchTimeoutMaxMs = 2 ** 31 - 1;

/** Starts watches by upstream's rules for where they begin. */
export class WatchHandler {
  private readonly rounds: WatchRounds;

  constructor(
    private readonly reader: ObjectReader,
    private readonly cache: ObjectCache,
    private readonly versions: ObjectVersions,
    private readonly metrics: WatchMetrics,
    private readonly host: Host,
  ) {
    this.rounds = new WatchRounds(host);
  }

  async watch(context: ResourceContext, representation: Representation): Promise<ApiResponse> {
    try {
      return await this.start(context, representation);
    } catch (error) {
      if (!(error instanceof HistoryExpiredError)) throw error;
      // The watch itself began well: clients learn from its first event that they have to list again.
      const status = new TextEncoder().encode(JSON.stringify(expired(error.message).status));
      return { status: 200, contentType: 'application/json', body: watchLine('ERROR', status) };
    }
  }

  private async start(context: ResourceContext, representation: Representation): Promise<ApiResponse> {
    const { request, info, stored } = context;
    const options = listOptionsOf(request.query, 'watch');
    const filter = filterOf(context);
    const revision = parseResourceVersion(options.resourceVersion);
    const sendInitial = options.sendInitialEvents === true;
    await this.reader.reach(beginning(revision, sendInitial));
    const fromNow = revision === undefined || revision === 0 || sendInitial;
    const resource = this.cache.resource(stored.storage.group, stored.storage.resource);
    const withInitial = fromNow && options.sendInitialEvents !== false;
    const stream = new WatchStream(
      {
        resource,
        filter,
        representation,
        ...(info.custom && { serve: (objects: readonly CachedObject[]) => this.versions.serve(stored, objects) }),
        initial: withInitial ? resource.range(filter.prefix) : [],
        after: fromNow ? this.cache.revision : revision,
        bookmarks: options.allowWatchBookmarks,
        markInitialEnd: sendInitial && options.allowWatchBookmarks,
        timeoutMs: this.timeoutMs(options),
        revision: () => this.cache.revision,
        sent: this.metrics.sender(info),
        rounds: this.rounds,
        bookmarkKind: { kind: info.kind, apiVersion: apiVersionOf(info) },
      },
      this.host,
      request.signal,
    );
    return { status: 200, contentType: 'application/json', body: stream.lines() };
  }

  private timeoutMs({ timeoutSeconds = 0 }: ListOptions): number {
    if (timeoutSeconds > 0) return Math.min(timeoutSeconds * 1_000, watchTimeoutMaxMs);
    return Math.round(watchTimeoutMinMs * (1 + this.host.random.next()));
  }
}

/** The state that the cache must have reached before a watch begins. */
function beginning(revision: number | undefined, sendInitial: boolean): ReadState {
  if (revision === undefined) return { kind: 'newest' };
  return revision > 0 && sendInitial ? { kind: 'notOlderThan', revision } : { kind: 'any' };
}
