import {
  ApiError,
  badRequest,
  expired,
  notFound,
  parseFieldSelector,
  parseLabelSelector,
  requireSupportedFields,
  SelectorError,
  storageKey,
  storagePrefix,
  timeout,
} from '@orrery/api';
import type { CachedObject } from '../cache/cached-object.ts';
import type { ObjectCache } from '../cache/object-cache.ts';
import type { ResourceCache } from '../cache/resource-cache.ts';
import type { ObjectVersions } from '../custom-resources/object-versions.ts';
import type { ApiResponse } from '../http/api-response.ts';
import type { ListMetadata, Representation } from '../negotiation/representation.ts';
import type { KeyValueStore } from '../storage/key-value-store.ts';
import { RevisionCompactedError } from '../storage/storage-errors.ts';
import { ObjectFilter } from '../watch/object-filter.ts';
import { type ContinueToken, decodeContinue, encodeContinue } from './continue-token.ts';
import { checkContinued, listOptionsOf } from './list-options.ts';
import { type ObjectPage, PastObjects } from './past-objects.ts';
import type { ResourceContext } from './resource-context.ts';
import { getStateOf, type ReadState, readStateOf, tooLargeResourceVersion } from './resource-version.ts';

const listExpired = 'The resourceVersion for the provided list is too old.';
const continueExpired =
  'The provided continue parameter is too old to display a consistent list result. You can start a new list without the continue parameter, ' +
  'or use the continue token in this response to retrieve the remainder of the results. Continuing with the provided token results in an ' +
  'inconsistent list - objects that were created, modified, or deleted between the time the first chunk was returned and now may show up in the list.';

/** Answers get and list from the cache; only a past that the cache does not hold comes from storage. */
export class ObjectReader {
  private readonly past: PastObjects;

  constructor(
    private readonly cache: ObjectCache,
    store: KeyValueStore,
    private readonly versions: ObjectVersions,
  ) {
    this.past = new PastObjects(store);
  }

  async get(context: ResourceContext): Promise<CachedObject> {
    const { stored, target } = context;
    await this.reach(getStateOf(context.request.query.get('resourceVersion') ?? ''));
    const found = this.resource(context).get(storageKey(stored, target.namespace, target.name));
    if (found === undefined) throw notFound(context.info, target.name);
    return this.versions.serveOne(stored, found);
  }

  /** The newest objects that the request's selectors choose; no more than its `limit`. */
  async select(context: ResourceContext): Promise<readonly CachedObject[]> {
    const { limit, continue: token } = listOptionsOf(context.request.query, 'list');
    await this.reach({ kind: 'newest' });
    const filter = filterOf(context);
    const from = token === '' ? filter.prefix : decodeContinue(token, filter.prefix).from;
    const objects = await this.versions.serve(context.stored, this.resource(context).range(filter.prefix, from));
    return pageOf(objects, filter, limit).objects;
  }

  async list(context: ResourceContext, representation: Representation): Promise<ApiResponse> {
    const options = listOptionsOf(context.request.query, 'list');
    const filter = filterOf(context);
    const token = options.continue === '' ? undefined : decodeContinue(options.continue, filter.prefix);
    if (token !== undefined) checkContinued(options);
    const state = token === undefined ? readStateOf(options) : continuedState(token);
    await this.reach(state);
    // Upstream's cache ignores the limit of a list that takes any state, and clients rely on getting all of it.
    const limit = token === undefined && state.kind === 'any' ? 0 : options.limit;
    const from = token?.from ?? filter.prefix;
    const revision = state.kind === 'exactly' ? state.revision : this.cache.revision;
    const resource = this.resource(context);
    // A state expires with upstream even where nothing has changed since, so that the cache could still show it.
    if (state.kind === 'exactly' && resource.lastChange <= revision) {
      await unexpired(this.past.requireReadable(filter.prefix, revision), filter, token);
    }
    const serve = (objects: readonly CachedObject[]) => this.versions.serve(context.stored, objects);
    const page =
      resource.lastChange <= revision
        ? pageOf(await serve(resource.range(filter.prefix, from)), filter, limit)
        : await unexpired(this.past.page(filter, from, revision, limit, serve), filter, token);
    return representation.list(page.objects, metadataOf(page, filter, revision));
  }

  /** Waits until the cache is new enough for `state`. */
  async reach(state: ReadState): Promise<void> {
    if (state.kind === 'any') return;
    if (state.kind === 'newest') {
      if (await this.cache.waitUntilFresh()) return;
      throw timeout('the cache is behind storage; please retry', 1);
    }
    if (await this.cache.waitFor(state.revision)) return;
    throw tooLargeResourceVersion(state.revision, this.cache.revision);
  }

  private resource({ stored }: ResourceContext): ResourceCache {
    return this.cache.resource(stored.storage.group, stored.storage.resource);
  }
}

/** Throws `Expired` where the state is gone; whoever was reading pages of it may go on with the newest. */
async function unexpired<T>(reading: Promise<T>, filter: ObjectFilter, token: ContinueToken | undefined): Promise<T> {
  try {
    return await reading;
  } catch (error) {
    if (!(error instanceof RevisionCompactedError)) throw error;
    if (token === undefined) throw expired(listExpired);
    const metadata = { continue: encodeContinue({ revision: 'newest', from: token.from }, filter.prefix) };
    throw new ApiError({ ...expired(continueExpired).status, metadata });
  }
}

function continuedState({ revision }: ContinueToken): ReadState {
  return revision === 'newest' ? { kind: 'newest' } : { kind: 'exactly', revision };
}

/** The first `limit` objects that match; 0: all of them. */
function pageOf(objects: readonly CachedObject[], filter: ObjectFilter, limit: number): ObjectPage {
  const matching = filter.everything ? objects : objects.filter((object) => filter.matches(object));
  if (limit <= 0 || matching.length <= limit) return { objects: matching, more: false };
  return { objects: matching.slice(0, limit), more: true, remaining: matching.length - limit };
}

function metadataOf({ objects, more, remaining }: ObjectPage, filter: ObjectFilter, revision: number): ListMetadata {
  const resourceVersion = String(revision);
  const last = objects[objects.length - 1];
  if (!more || last === undefined) return { resourceVersion };
  const next = encodeContinue({ revision, from: `${last.key}\0` }, filter.prefix);
  // How many of the objects behind match a selector is not known without reading them all: upstream never tells.
  const counted = filter.everything && remaining !== undefined;
  return { resourceVersion, continue: next, ...(counted && { remainingItemCount: remaining }) };
}

/** The objects that the path and the selectors of a request speak of. Throws `BadRequest` for a selector that is none. */
export function filterOf({ stored, info, target, request }: ResourceContext): ObjectFilter {
  try {
    const labels = parseLabelSelector(request.query.get('labelSelector') ?? '');
    const fields = parseFieldSelector(fieldSelectorOf(request.query, target.name));
    requireSupportedFields(info, fields);
    // The stored object has the fields of both groups of events, each under its own names.
    const named = info.custom ? stored : info;
    return new ObjectFilter(named, storagePrefix(stored, target.namespace), labels, fields);
  } catch (error) {
    if (error instanceof SelectorError) throw badRequest(error.message);
    throw error;
  }
}

/** A watch of one object is a watch of the collection with a selector, which may be given as well. */
function fieldSelectorOf(query: URLSearchParams, name: string): string {
  const selector = query.get('fieldSelector') ?? '';
  if (name === '') return selector;
  if (selector !== '' && parseFieldSelector(selector).exact('metadata.name') !== name) {
    throw badRequest("fieldSelector metadata.name doesn't match requested name");
  }
  return selector === '' ? `metadata.name=${name}` : selector;
}
