import { describe, expect, it } from '@jest/globals';
import { type KvStore, keyBytes, putCommand } from '@orrery/kv';
import { storagev1 } from '@orrery/proto';
import fc from 'fast-check';
import { Backup } from './backup.ts';
import { backupBytes, storeFrom } from './testing/backups.ts';
import { applyHistory, histories, storeWith } from './testing/random-history.ts';

/** All that a store can be asked about each revision that it keeps. */
function everything(store: KvStore) {
  const whole = { key: keyBytes('\0'), rangeEnd: keyBytes('\0') };
  const revisions = Array.from(
    { length: store.revision - store.compactRevision + 1 },
    (_, n) => store.compactRevision + n,
  );
  return {
    revision: store.revision,
    compactRevision: store.compactRevision,
    leases: store.leases().map(({ id, ttlSeconds, keys }) => ({ id, ttlSeconds, keys: [...keys].sort() })),
    states: revisions
      .filter((revision) => revision > 0)
      .map((revision) => store.range(storagev1.RangeRequest.fromPartial({ ...whole, revision })).kvs.map(plain)),
    changes: revisions.map((revision) =>
      store.changesAt(revision)?.map(({ key, current }) => ({ key, current: current && plain(current) })),
    ),
    hash: store.hash(),
  };
}

/** A copy: what the store answers are views. */
function plain(kv: storagev1.KeyValue) {
  return { ...kv, key: Buffer.from(kv.key).toString(), value: Buffer.from(kv.value).toString() };
}

describe('a backup', () => {
  it('holds every state, change and lease that the store has kept, whatever happens to it meanwhile', async () => {
    await fc.assert(
      fc.asyncProperty(histories, histories, async (history, later) => {
        const store = storeWith(history);
        const before = everything(store);
        const waiting = [...later];
        const bytes = await backupBytes(store.freeze(), () => applyHistory(store, waiting.splice(0, 20)));
        expect(everything(await storeFrom(bytes))).toEqual(before);
      }),
      { seed: 8, numRuns: 60 },
    );
  });

  it('is as long as it says beforehand, and lets go of the store at its end or when it is given up', async () => {
    const store = storeWith([]);
    for (let n = 0; n < 5_000; n++) store.apply(putCommand(`key-${n % 10}`, Buffer.alloc(100, n)), { time: 0 });
    const backup = await Backup.plan(store.freeze(), async () => {});
    store.apply({ $case: 'compact', value: { revision: 5_000 } }, { time: 0 });
    const held = store.bytesUsed;
    while (store.freeSlice());
    expect(store.bytesUsed).toBe(held);
    let bytes = 0;
    for await (const chunk of backup.chunks()) bytes += chunk.length;
    expect(bytes).toBe(backup.bytes);
    while (store.freeSlice());
    expect(store.bytesUsed).toBeLessThan(held / 10);

    const givenUp = await Backup.plan(store.freeze(), async () => {});
    for await (const _ of givenUp.chunks()) break;
    const second = store.bytesUsed;
    store.apply({ $case: 'compact', value: { revision: 5_001 } }, { time: 0 });
    while (store.freeSlice());
    expect(store.bytesUsed).toBeLessThan(second);
  });

  it('says at which revision a store is that has left some out', async () => {
    const store = storeWith([]);
    store.apply(putCommand('a', Buffer.from('1')), { time: 0 });
    store.apply({ $case: 'skipRevisions', revision: 100 }, { time: 0 });
    const restored = await storeFrom(await backupBytes(store.freeze()));
    expect([restored.revision, restored.keys]).toEqual([store.revision, 1]);
  });
});
