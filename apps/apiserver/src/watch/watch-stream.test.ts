import { describe, expect, it } from '@jest/globals';
import {
  parseFieldSelector,
  parseLabelSelector,
  type ResourceInfo,
  ResourceTable,
  storageKey,
  storagePrefix,
} from '@orrery/api';
import { SystemClock, virtualHost } from '@orrery/runtime';
import { CachedObject } from '../cache/cached-object.ts';
import { HistoryExpiredError, ResourceCache } from '../cache/resource-cache.ts';
import { plainJson } from '../negotiation/accept.ts';
import { representationOf } from '../negotiation/representation.ts';
import { ObjectFilter } from './object-filter.ts';
import { WatchRounds } from './watch-rounds.ts';
import { type WatchOptions, WatchStream } from './watch-stream.ts';

const info = ResourceTable.builtIn().find('', 'v1', 'configmaps') as ResourceInfo;

function configMap(name: string, revision: number, labels: Record<string, string> = {}): CachedObject {
  const metadata = { resourceVersion: String(revision), name, namespace: 'default', labels };
  const bytes = Buffer.from(JSON.stringify({ kind: 'ConfigMap', apiVersion: 'v1', metadata }));
  return new CachedObject(storageKey(info, 'default', name), revision, bytes);
}

function watch(resource: ResourceCache, options: Partial<WatchOptions> = {}, labelSelector = '') {
  const host = virtualHost({ seed: 1 });
  const gone = new AbortController();
  const prefix = storagePrefix(info, 'default');
  const stream = new WatchStream(
    {
      resource,
      filter: new ObjectFilter(info, prefix, parseLabelSelector(labelSelector), parseFieldSelector('')),
      representation: representationOf({
        info,
        stored: info,
        form: plainJson,
        clock: new SystemClock(),
        includeObject: 'Metadata',
        pretty: false,
      }),
      initial: [],
      after: 0,
      bookmarks: false,
      markInitialEnd: false,
      timeoutMs: 1_000,
      revision: () => 9,
      sent: () => undefined,
      rounds: new WatchRounds(host),
      bookmarkKind: { kind: 'ConfigMap', apiVersion: 'v1' },
      ...options,
    },
    host,
    gone.signal,
  );
  /** All events until the stream ends by itself. */
  const rest = async (): Promise<string[]> => {
    const events: string[] = [];
    const reading = (async () => {
      for await (const chunk of stream.lines()) {
        for (const line of Buffer.from(chunk).toString('utf8').trim().split('\n')) {
          const { type, object } = JSON.parse(line);
          events.push(`${type} ${object.metadata.name ?? ''}@${object.metadata.resourceVersion}`);
        }
      }
    })();
    await host.time.advance('2m');
    await reading;
    return events;
  };
  return { host, gone, rest };
}

describe('a watch', () => {
  it('sends what happened since its revision, then what happens', async () => {
    const resource = new ResourceCache(0);
    resource.apply('ADDED', configMap('a', 1));
    resource.apply('ADDED', configMap('b', 2));
    const { rest } = watch(resource, { after: 1 });
    resource.apply('MODIFIED', configMap('b', 3));
    resource.apply('DELETED', configMap('a', 4));
    expect(await rest()).toEqual(['ADDED b@2', 'MODIFIED b@3', 'DELETED a@4']);
  });

  it('tells of an object that begins to match as added, and of one that ceases to as deleted', async () => {
    const resource = new ResourceCache(0);
    const { rest } = watch(resource, {}, 'app=x');
    resource.apply('ADDED', configMap('a', 1));
    resource.apply('MODIFIED', configMap('a', 2, { app: 'x' }));
    resource.apply('MODIFIED', configMap('a', 3, { app: 'y' }));
    expect(await rest()).toEqual(['ADDED a@2', 'DELETED a@3']);
  });

  it('judges custom resources in the version that is watched, not in the stored one', async () => {
    const stored = (name: string, revision: number, app: string) => configMap(name, revision, { stored: app });
    const serve = (objects: readonly CachedObject[]) =>
      objects.map(({ object: { metadata }, revision }) => {
        return configMap(metadata.name, revision, { app: metadata.labels?.stored ?? '' });
      });
    const resource = new ResourceCache(0);
    const initial = [stored('a', 1, 'x'), stored('b', 2, 'y')];
    for (const object of initial) resource.apply('ADDED', object);
    const { rest } = watch(resource, { initial, after: 2, serve }, 'app=x');
    resource.apply('MODIFIED', stored('b', 3, 'x'));
    resource.apply('MODIFIED', stored('b', 4, 'x'));
    resource.apply('MODIFIED', stored('a', 5, 'y'));
    resource.apply('DELETED', stored('b', 6, 'x'));
    expect(await rest()).toEqual(['ADDED a@1', 'ADDED b@3', 'MODIFIED b@4', 'DELETED a@5', 'DELETED b@6']);
  });

  it('that begins ahead of this server skips what its client knows already', async () => {
    const resource = new ResourceCache(0);
    const { rest } = watch(resource, { after: 2 });
    resource.apply('ADDED', configMap('a', 1));
    resource.apply('ADDED', configMap('b', 2));
    resource.apply('ADDED', configMap('c', 3));
    expect(await rest()).toEqual(['ADDED c@3']);
  });

  it('that nobody reads ends before it holds too much, and gives what it has', async () => {
    const resource = new ResourceCache(0);
    const { rest } = watch(resource);
    for (let revision = 1; revision <= 20_000; revision += 1) resource.apply('MODIFIED', configMap('a', revision));
    expect(await rest()).toHaveLength(16_384);
    expect(resource.listenerCount).toBe(0);
  });

  it('cannot start where history is not kept any more', () => {
    expect(() => watch(new ResourceCache(5), { after: 4 })).toThrow(HistoryExpiredError);
  });

  it('sends bookmarks each minute, one behind the initial events, and one shortly before it ends', async () => {
    const resource = new ResourceCache(0);
    const options = {
      initial: [configMap('a', 1)],
      after: 1,
      markInitialEnd: true,
      bookmarks: true,
      timeoutMs: 90_000,
    };
    const { rest } = watch(resource, options);
    expect(await rest()).toEqual(['ADDED a@1', 'BOOKMARK @1', 'BOOKMARK @9', 'BOOKMARK @9']);
  });

  it('leaves nothing behind when the client goes or the cache starts over', async () => {
    const resource = new ResourceCache(0);
    const first = watch(resource);
    first.gone.abort();
    const second = watch(resource);
    resource.reset(7);
    expect(resource.listenerCount).toBe(0);
    expect(await first.rest()).toEqual([]);
    expect(await second.rest()).toEqual([]);
    expect(second.host.time.pendingTimers).toBe(0);
  });
});
