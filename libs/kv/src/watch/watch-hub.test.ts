import { describe, expect, it } from '@jest/globals';
import { storagev1 } from '@orrery/proto';
import fc from 'fast-check';
import { putCommand } from '../command.ts';
import type { Change } from '../history/changes.ts';
import { keyBytes, keyRange, rangeHolds } from '../key.ts';
import { KvStore } from '../kv-store.ts';
import { FrameReader } from '../snapshot/frames.ts';
import { ObviousStore } from '../testing/obvious-store.ts';
import { doStep, type HistoryStep, histories, keys } from '../testing/store-histories.ts';
import { TooManyWatchersError, type WatchBatch, type Watching, type WatchRequest, type WatchSink } from './watch.ts';
import { WatchHub } from './watch-hub.ts';

const at = { time: 0 };
const value = (bytes: number) => new Uint8Array(bytes).fill(1);
const range = (from: string, end = '') => keyRange(keyBytes(from), keyBytes(end));
const everything = range('\0', '\0');

/** Takes notes; has room for so many batches until it is emptied. */
class Notebook implements WatchSink {
  readonly batches: WatchBatch[] = [];
  readonly progressed: number[] = [];
  compactedAt: number | undefined;
  room = Number.POSITIVE_INFINITY;

  changes(batch: WatchBatch): boolean {
    this.batches.push(batch);
    return --this.room > 0;
  }
  progress(revision: number): void {
    this.progressed.push(revision);
  }
  compacted(compactRevision: number): void {
    this.compactedAt = compactRevision;
  }
  get seen(): string[] {
    return this.batches.flatMap(({ changes }) => changes.map(shown));
  }
}

const shown = ({ revision, key, current }: Pick<Change, 'revision' | 'key'> & { current: unknown }) =>
  `${revision} ${current === undefined ? '-' : '+'}${key}`;

function begin(hub: WatchHub, request: Partial<WatchRequest> = {}): { notes: Notebook; watching: Watching } {
  const notes = new Notebook();
  return { notes, watching: hub.watch({ range: everything, startRevision: 0, ...request }, notes) };
}

/** So that everything that has a bound meets it. */
const TINY = { watchersMax: 5, catchUpWatchers: 1, catchUpVersions: 2, catchUpBytes: 40_000, batchBytes: 2 };

const put = (store: KvStore, key: string, bytes = 1) => store.apply(putCommand(key, value(bytes)), at);
const deletion = (key: string, end = ''): HistoryStep => ({
  kind: 'txn',
  txn: {
    compare: [],
    success: [
      {
        operation: {
          $case: 'deleteRange',
          value: storagev1.DeleteRange.fromPartial({ key: keyBytes(key), rangeEnd: keyBytes(end) }),
        },
      },
    ],
    failure: [],
  },
});

describe('the watch hub', () => {
  it('tells first the history and then what happens, with what was there before', () => {
    const store = new KvStore();
    const hub = new WatchHub(store);
    put(store, 'a', 3);
    put(store, 'b');
    const { notes } = begin(hub, { range: range('a'), startRevision: 1 });
    expect(notes.batches).toEqual([]);
    hub.wake();
    put(store, 'a', 4);
    hub.wake();
    expect(notes.seen).toEqual(['2 +a', '4 +a']);
    const last = notes.batches.at(-1)?.changes[0];
    expect([last?.previous?.value.length, last?.current?.value.length]).toEqual([3, 4]);
  });

  it('begins with what comes after the call where no revision is given, or with the future one that is', () => {
    const store = new KvStore();
    const hub = new WatchHub(store);
    put(store, 'a');
    const now = begin(hub);
    const later = begin(hub, { startRevision: 5 });
    for (const key of ['b', 'c', 'd']) put(store, key);
    hub.wake();
    expect(now.notes.seen).toEqual(['3 +b', '4 +c', '5 +d']);
    expect(later.notes.seen).toEqual(['5 +d']);
  });

  it('leaves out what a filter excludes', () => {
    const store = new KvStore();
    const hub = new WatchHub(store);
    const [puts, deletions] = [begin(hub, { noDelete: true }), begin(hub, { noPut: true })];
    put(store, 'a');
    doStep(store, new ObviousStore(), deletion('a'));
    hub.wake();
    expect(puts.notes.seen).toEqual(['2 +a']);
    expect(deletions.notes.seen).toEqual(['3 -a']);
  });

  it('splits a revision only for those who take fragments', () => {
    const store = new KvStore();
    const hub = new WatchHub(store);
    const [whole, inParts] = [begin(hub), begin(hub, { fragmentBytesMax: 2_000 })];
    const success = ['a', 'b', 'c'].map(
      (key): storagev1.Operation => ({
        operation: { $case: 'put', value: storagev1.Put.fromPartial({ key: keyBytes(key), value: value(1_500) }) },
      }),
    );
    store.apply({ $case: 'txn', value: { compare: [], success, failure: [] } }, at);
    hub.wake();
    expect(whole.notes.batches.map(({ changes, fragment }) => [changes.length, fragment])).toEqual([[3, false]]);
    expect(inParts.notes.batches.map(({ changes, fragment }) => [changes.length, fragment])).toEqual([
      [1, true],
      [1, true],
      [1, false],
    ]);
  });

  it('lets a slow watcher catch up from the history without holding up the others', () => {
    const store = new KvStore();
    const hub = new WatchHub(store);
    const [slow, fast] = [begin(hub), begin(hub)];
    slow.notes.room = 1;
    for (const key of ['a', 'b', 'c']) {
      put(store, key);
      hub.wake();
    }
    expect(slow.notes.seen).toEqual(['2 +a']);
    expect(fast.notes.seen).toHaveLength(3);
    expect(hub.watchersBehind).toBe(1);
    slow.notes.room = 10;
    slow.watching.resume();
    hub.wake();
    put(store, 'd');
    hub.wake();
    expect(slow.notes.seen).toEqual(['2 +a', '3 +b', '4 +c', '5 +d']);
    expect(hub.watchersBehind).toBe(0);
  });

  it('tells those whose history is compacted, and nobody who has had it', () => {
    const store = new KvStore();
    const hub = new WatchHub(store);
    const live = begin(hub);
    for (const key of ['a', 'b', 'c']) put(store, key);
    doStep(store, new ObviousStore(), deletion('c'));
    // Nobody has called `wake` since: what happened must be told before the history goes.
    store.apply({ $case: 'compact', value: { revision: 5 } }, at);
    const [early, atCompaction] = [begin(hub, { startRevision: 4 }), begin(hub, { startRevision: 5 })];
    while (hub.wake());
    expect(live.notes.seen).toEqual(['2 +a', '3 +b', '4 +c', '5 -c']);
    expect([live.notes.compactedAt, early.notes.compactedAt]).toEqual([undefined, 5]);
    put(store, 'd');
    hub.wake();
    expect(atCompaction.notes.seen).toEqual(['6 +d']);
    expect(hub.watchers).toBe(2);
  });

  it('gives a watch that begins at the compaction what was put there and still stands', () => {
    const store = new KvStore();
    const hub = new WatchHub(store);
    for (const key of ['a', 'b']) put(store, key);
    store.apply({ $case: 'compact', value: { revision: 3 } }, at);
    const { notes } = begin(hub, { startRevision: 3 });
    hub.wake();
    expect(notes.seen).toEqual(['3 +b']);
  });

  it('reports progress only to those who have everything', () => {
    const store = new KvStore();
    const hub = new WatchHub(store);
    put(store, 'a');
    hub.wake();
    const { notes, watching } = begin(hub, { startRevision: 2, range: range('z') });
    watching.requestProgress();
    expect(notes.progressed).toEqual([]);
    hub.wake();
    expect(notes.progressed).toEqual([2]);
    watching.requestProgress();
    expect(notes.progressed).toEqual([2, 2]);
    watching.cancel();
    watching.requestProgress();
    put(store, 'z');
    hub.wake();
    expect([notes.progressed, notes.seen, hub.watchers]).toEqual([[2, 2], [], 0]);
  });

  it('goes on behind a snapshot that the store became, and tells those whom it leaves a gap', () => {
    const source = new KvStore();
    for (const key of ['a', 'b', 'c', 'd']) put(source, key);
    source.apply({ $case: 'compact', value: { revision: 3 } }, at);
    const [store, near] = [new KvStore(), new KvStore()];
    put(near, 'a');
    put(near, 'b');
    const [farHub, nearHub] = [new WatchHub(store), new WatchHub(near)];
    const [far, close] = [begin(farHub), begin(nearHub)];
    for (const one of [store, near]) copy(source, one);
    while (farHub.wake() || nearHub.wake());
    expect(far.notes.compactedAt).toBe(3);
    expect([close.notes.compactedAt, close.notes.seen]).toEqual([undefined, ['4 +c', '5 +d']]);
  });

  it('takes no more watchers than it may', () => {
    const hub = new WatchHub(new KvStore(), TINY);
    for (let n = 0; n < TINY.watchersMax; n++) begin(hub);
    expect(() => begin(hub)).toThrow(TooManyWatchersError);
  });

  it('shows every watcher each change that it wants once and in order, whatever happens', () => {
    const watches = fc.array(
      fc.record({
        beginAfter: fc.nat(50),
        startRevision: fc.oneof(fc.constant(0), fc.nat(30)),
        from: keys,
        end: fc.oneof(fc.constant('\0'), fc.constant(''), keys),
        noPut: fc.boolean(),
        noDelete: fc.boolean(),
        fragmentBytesMax: fc.constantFrom(undefined, 1, 40_000),
        /** Batches taken before it is full, and steps that it is full then. */
        room: fc.integer({ min: 1, max: 4 }),
        rest: fc.nat(3),
      }),
      { minLength: 3, maxLength: 5 },
    );
    const wakes = fc.array(fc.boolean(), { minLength: 5, maxLength: 5 });
    fc.assert(
      fc.property(histories, watches, wakes, (steps, requests, wakeAt) => {
        const [store, model] = [new KvStore(), new ObviousStore()];
        const hub = new WatchHub(store, TINY);
        const running = requests.map((request) => ({
          request,
          notes: new Notebook(),
          first: 0,
          full: 0,
          watching: undefined as Watching | undefined,
        }));
        for (const [n, step] of steps.entries()) {
          for (const one of running) {
            if (one.watching === undefined && one.request.beginAfter <= n) {
              const { startRevision, from, end } = one.request;
              one.first = startRevision === 0 ? store.revision + 1 : startRevision;
              one.notes.room = one.request.room;
              one.watching = hub.watch({ ...one.request, range: range(from, end) }, one.notes);
            } else if (one.notes.room <= 0 && one.full++ >= one.request.rest) {
              one.full = 0;
              one.notes.room = one.request.room;
              one.watching?.resume();
            }
          }
          doStep(store, model, step);
          if (wakeAt[n % wakeAt.length]) hub.wake();
        }
        for (let more = true; more; ) {
          for (const { notes, watching } of running) {
            notes.room = 1_000;
            watching?.resume();
          }
          more = hub.wake();
        }
        for (const { request, notes, first, watching } of running) {
          if (watching === undefined) continue;
          const wanted = model.changes.filter(
            ({ revision, key, current }) =>
              revision >= first &&
              rangeHolds(range(request.from, request.end), key) &&
              (current === undefined ? !request.noDelete : !request.noPut),
          );
          const whole = wanted.map(shown);
          if (notes.compactedAt === undefined && first !== firstAtCompaction(first, model, notes)) {
            expect(notes.seen).toEqual(whole);
          } else {
            expect(whole.filter((line) => notes.seen.includes(line))).toEqual(notes.seen);
          }
          const fragments = request.fragmentBytesMax !== undefined;
          const ends = notes.batches.map(({ revision }) => revision);
          expect(ends).toEqual([...ends].sort((a, b) => a - b));
          if (!fragments) expect(new Set(ends).size).toBe(ends.length);
        }
      }),
      { seed: 9, numRuns: 300 },
    );
  });
});

/** A watch that began exactly at a compaction may lack what that revision deleted, as in etcd. */
function firstAtCompaction(first: number, model: ObviousStore, notes: Notebook): number | undefined {
  return model.compactions.includes(first) && notes.compactedAt === undefined ? first : undefined;
}

function copy(from: KvStore, to: KvStore): void {
  const restoration = to.restoration();
  const reader = new FrameReader();
  for (const chunk of from.snapshot()) for (const frame of reader.read(chunk)) restoration.add(frame);
  to.restore(restoration);
}
