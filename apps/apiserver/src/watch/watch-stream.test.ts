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

  it('cannot start where history is not kept any more', () => {
    expect(() => watch(new ResourceCache(5), { after: 4 })).toThrow(HistoryExpiredError);
  });

  it('sends bookmarks each minute, and one behind the initial events', async () => {
    const resource = new ResourceCache(0);
    const options = {
      initial: [configMap('a', 1)],
      after: 1,
      markInitialEnd: true,
      bookmarks: true,
      timeoutMs: 90_000,
    };
    const { rest } = watch(resource, options);
    expect(await rest()).toEqual(['ADDED a@1', 'BOOKMARK @1', 'BOOKMARK @9']);
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
