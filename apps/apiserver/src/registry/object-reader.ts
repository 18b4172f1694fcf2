import {
  apiVersionOf,
  badRequest,
  expired,
  notFound,
  parseFieldSelector,
  parseLabelSelector,
  requireSupportedFields,
  SelectorError,
  spliceResourceVersion,
  storageKey,
  storagePrefix,
  timeout,
} from '@orrery/api';
import type { Host } from '@orrery/runtime';
import { CachedObject } from '../cache/cached-object.ts';
import type { ObjectCache } from '../cache/object-cache.ts';
import { HistoryExpiredError, type ResourceCache } from '../cache/resource-cache.ts';
import type { ApiResponse } from '../http/api-response.ts';
import { type ListMetadata, type Representation, watchLine } from '../negotiation/representation.ts';
import type { KeyValueStore } from '../storage/key-value-store.ts';
import { RevisionCompactedError } from '../storage/storage-errors.ts';
import { ObjectFilter } from '../watch/object-filter.ts';
import { WatchStream } from '../watch/watch-stream.ts';
import { type ContinueToken, decodeContinue, encodeContinue } from './continue-token.ts';
import type { ResourceContext } from './resource-context.ts';
import { parseResourceVersion, type ReadState, readStateOf } from './resource-version.ts';

/** A watch without `timeoutSeconds` ends after this long and up to twice as long, so that not all clients come back at once. */
const watchTimeoutMinMs = 30 * 60_000;
/** Objects asked of storage at once for a list in the past. */
const historyPageMax = 500;

/** Answers get, list and watch from the cache; only a past that the cache does not hold comes from storage. */
export class ObjectReader {
  constructor(
    private readonly cache: ObjectCache,
    private readonly store: KeyValueStore,
    private readonly host: Host,
  ) {}

  async get(context: ResourceContext): Promise<CachedObject> {
    const { stored, target } = context;
    const revision = parseResourceVersion(context.request.query.get('resourceVersion') ?? '');
    await this.reach(revision === undefined ? { kind: 'newest' } : { kind: 'notOlderThan', revision });
    const found = this.resource(context).get(storageKey(stored, target.namespace, target.name));
    if (found === undefined) throw notFound(context.info, target.name);
    return found;
  }

  /** The newest objects that the request's selectors choose. */
  async select(context: ResourceContext): Promise<CachedObject[]> {
    await this.reach({ kind: 'newest' });
    const filter = filterOf(context);
    return this.resource(context)
      .range(filter.prefix)
      .filter((object) => filter.matches(object));
  }

  async list(context: ResourceContext, representation: Representation): Promise<ApiResponse> {
    const { query } = context.request;
    const filter = filterOf(context);
    const limit = limitOf(query);
    const continueText = query.get('continue') ?? '';
    const token = continueText === '' ? undefined : decodeContinue(continueText, filter.prefix);
    if (token !== undefined && (query.get('resourceVersion') ?? '') !== '') {
      if (query.get('resourceVersion') !== '0') {
        throw badRequest('specifying resource version is not allowed when using continue');
      }
    }
    const state: ReadState = token ? { kind: 'exactly', revision: token.revision } : readStateOf(query);
    await this.reach(state);
    const source = await this.state(context, filter, state, token);
    return representation.list(...paged(source, filter, limit));
  }

  watch(context: ResourceContext, representation: Representation): Promise<ApiResponse> {
    return this.startWatch(context, representation).catch((error: unknown) => {
      if (!(error instanceof HistoryExpiredError)) throw error;
      const status = expired(error.message).status;
      const line = watchLine('ERROR', new TextEncoder().encode(JSON.stringify({ ...status, metadata: {} })));
      return { status: 200, contentType: 'application/json', body: line };
    });
  }

  private async startWatch(context: ResourceContext, representation: Representation): Promise<ApiResponse> {
    const { request, info } = context;
    const { query } = request;
    const filter = filterOf(context);
    const revision = parseResourceVersion(query.get('resourceVersion') ?? '');
    const sendInitial = query.get('sendInitialEvents') === 'true';
    checkInitialEvents(query);
    await this.reach(watchState(revision, sendInitial));
    const fromNow = revision === undefined || revision === 0 || sendInitial;
    const resource = this.resource(context);
    const bookmarks = query.get('allowWatchBookmarks') === 'true';
    const withInitial = fromNow && query.get('sendInitialEvents') !== 'false';
    const stream = new WatchStream(
      {
        resource,
        filter,
        representation,
        initial: withInitial ? resource.range(filter.prefix).filter((object) => filter.matches(object)) : [],
        after: fromNow ? this.cache.revision : revision,
        bookmarks,
        markInitialEnd: sendInitial && bookmarks,
        timeoutMs: this.watchTimeoutMs(query),
        revision: () => this.cache.revision,
        bookmarkKind: { kind: info.kind, apiVersion: apiVersionOf(info) },
      },
      this.host,
      request.signal,
    );
    return { status: 200, contentType: 'application/json', body: stream.lines() };
  }

  private watchTimeoutMs(query: URLSearchParams): number {
    const seconds = Number(query.get('timeoutSeconds') ?? '0');
    if (seconds > 0) return seconds * 1000;
    return Math.round(watchTimeoutMinMs * (1 + this.host.random.next()));
  }

  /** Waits until the cache is new enough for `state`. */
  private async reach(state: ReadState): Promise<void> {
    if (state.kind === 'any') return;
    if (state.kind === 'newest') {
      if (await this.cache.waitUntilFresh()) return;
      throw timeout('the cache is behind storage; please retry', 1);
    }
    if (await this.cache.waitFor(state.revision)) return;
    throw timeout(`Too large resource version: ${state.revision}, current: ${this.cache.revision}`, 1);
  }

  private async state(
    context: ResourceContext,
    filter: ObjectFilter,
    state: ReadState,
    token: ContinueToken | undefined,
  ): Promise<ListState> {
    const resource = this.resource(context);
    const from = token?.from ?? filter.prefix;
    if (state.kind !== 'exactly' || resource.lastChange <= state.revision) {
      const revision = state.kind === 'exactly' ? state.revision : this.cache.revision;
      return { revision, objects: resource.range(filter.prefix, from) };
    }
    return { revision: state.revision, objects: await this.past(filter.prefix, from, state.revision) };
  }

  private async past(prefix: string, start: string, revision: number): Promise<CachedObject[]> {
    const objects: CachedObject[] = [];
    let from = start;
    try {
      for (;;) {
        const page = await this.store.page({ prefix, from, limit: historyPageMax, revision });
        for (const { key, value, modRevision } of page.items) {
          objects.push(new CachedObject(key, modRevision, spliceResourceVersion(value, modRevision)));
        }
        const last = page.items[page.items.length - 1];
        if (!page.more || last === undefined) return objects;
        from = `${last.key}\0`;
      }
    } catch (error) {
      if (!(error instanceof RevisionCompactedError)) throw error;
      throw expired(
        'The provided continue parameter is too old to display a consistent list result. You can start a new list without the continue parameter.',
      );
    }
  }

  private resource({ stored }: ResourceContext): ResourceCache {
    return this.cache.resource(stored.storage.group, stored.storage.resource);
  }
}

interface ListState {
  readonly revision: number;
  readonly objects: readonly CachedObject[];
}

/** The first `limit` matching objects and where the next page begins; 0 means all of them. */
function paged(state: ListState, filter: ObjectFilter, limit: number): [readonly CachedObject[], ListMetadata] {
  const resourceVersion = String(state.revision);
  const matching = filter.everything ? state.objects : state.objects.filter((object) => filter.matches(object));
  if (limit === 0 || matching.length <= limit) return [matching, { resourceVersion }];
  const page = matching.slice(0, limit);
  const last = page[limit - 1];
  const next = encodeContinue({ revision: state.revision, from: `${last?.key ?? ''}\0` }, filter.prefix);
  const remaining = filter.everything ? { remainingItemCount: matching.length - limit } : {};
  return [page, { resourceVersion, continue: next, ...remaining }];
}

function limitOf(query: URLSearchParams): number {
  const limit = Number(query.get('limit') ?? '0');
  return Number.isInteger(limit) && limit > 0 ? limit : 0;
}

function watchState(revision: number | undefined, sendInitial: boolean): ReadState {
  if (revision === undefined) return { kind: 'newest' };
  if (revision === 0) return { kind: 'any' };
  return sendInitial ? { kind: 'notOlderThan', revision } : { kind: 'any' };
}

function checkInitialEvents(query: URLSearchParams): void {
  const match = query.get('resourceVersionMatch') ?? '';
  if (query.get('sendInitialEvents') === null) {
    if (match !== '')
      throw badRequest(
        'resourceVersionMatch: Forbidden: resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided',
      );
    return;
  }
  if (match !== 'NotOlderThan') {
    throw badRequest(
      'resourceVersionMatch: Forbidden: sendInitialEvents requires setting resourceVersionMatch to NotOlderThan',
    );
  }
}

/** The objects that the path and the selectors of a request speak of. Throws `BadRequest` for a selector that is none. */
export function filterOf({ stored, info, target, request }: ResourceContext): ObjectFilter {
  try {
    const labels = parseLabelSelector(request.query.get('labelSelector') ?? '');
    const fields = parseFieldSelector(fieldSelectorOf(request.query, target.name));
    requireSupportedFields(info, fields);
    return new ObjectFilter(stored, storagePrefix(stored, target.namespace), labels, fields);
  } catch (error) {
    if (error instanceof SelectorError) throw badRequest(error.message);
    throw error;
  }
}

/** A watch of one object is a watch of the collection with a selector. */
function fieldSelectorOf(query: URLSearchParams, name: string): string {
  const selector = query.get('fieldSelector') ?? '';
  if (name === '') return selector;
  return selector === '' ? `metadata.name=${name}` : `${selector},metadata.name=${name}`;
}
