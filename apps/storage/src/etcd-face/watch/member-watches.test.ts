import { expect, it } from '@jest/globals';
import { KvStore, keyBytes, keyRange, putCommand, type WatchBatch } from '@orrery/kv';
import { VirtualTime } from '@orrery/runtime';
import { MemberWatches } from './member-watches.ts';

it('tells a watch from within the process its history and what comes after, and goes on when there is room again', async () => {
  const time = new VirtualTime();
  const store = new KvStore();
  const watches = new MemberWatches(store, time);
  const put = (value: string): void => {
    store.apply(putCommand('k', Buffer.from(value)), { time: 0 });
    watches.wake();
  };
  const got: string[] = [];
  let hasRoom = true;
  const changes = (batch: WatchBatch): boolean => {
    for (const { current } of batch.changes) got.push(Buffer.from(current?.value ?? []).toString());
    return hasRoom;
  };
  put('one');
  const request = { range: keyRange(keyBytes('k'), new Uint8Array(0)), startRevision: 1 };
  const watching = watches.watch(request, { changes, progress: () => {}, compacted: () => {} });
  expect(got).toEqual([]);
  await time.settle();
  expect(got).toEqual(['one']);
  hasRoom = false;
  put('two');
  put('three');
  expect(got).toEqual(['one', 'two']);
  hasRoom = true;
  watching.resume();
  await time.settle();
  expect(got).toEqual(['one', 'two', 'three']);
  watching.cancel();
  put('four');
  expect(got).toHaveLength(3);
});
