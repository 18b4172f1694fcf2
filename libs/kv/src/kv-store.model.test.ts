import { describe, expect, it } from '@jest/globals';
import { storagev1 } from '@orrery/proto';
import fc from 'fast-check';
import { keyBytes, keyText } from './key.ts';
import { isKvError } from './kv-errors.ts';
import { KvStore } from './kv-store.ts';
import { FrameReader } from './snapshot/frames.ts';
import { type ObviousKv, ObviousStore, text } from './testing/obvious-store.ts';
import { doStep, histories, ranges } from './testing/store-histories.ts';
import { checkTxn } from './txn/txn-check.ts';

const everything = storagev1.RangeRequest.fromPartial({ key: keyBytes('\0'), rangeEnd: keyBytes('\0') });

const shown = (kv: storagev1.KeyValue): ObviousKv => ({
  key: keyText(kv.key),
  value: text(kv.value),
  create: kv.createRevision,
  mod: kv.modRevision,
  version: kv.version,
  lease: kv.lease,
});

describe('the store beside an obvious one', () => {
  it('shows the same at every revision that is kept, whatever is asked', () => {
    fc.assert(
      fc.property(histories, fc.array(ranges, { minLength: 1, maxLength: 6 }), (steps, requests) => {
        const [store, model] = [new KvStore(), new ObviousStore()];
        for (const step of steps) doStep(store, model, step);
        expect([store.revision, store.compactRevision, store.keys]).toEqual([
          model.revision,
          model.compacted,
          model.now.size,
        ]);
        for (let revision = Math.max(1, model.compacted); revision <= model.revision; revision++) {
          for (const request of [everything, ...requests]) {
            const answer = store.range({ ...request, revision });
            const expected = model.range(request, revision);
            const kvs = request.keysOnly ? expected.kvs.map((kv) => ({ ...kv, value: '' })) : expected.kvs;
            expect({ ...answer, kvs: answer.kvs.map(shown) }).toEqual({ ...expected, kvs, revision });
          }
        }
      }),
      { seed: 4, numRuns: 80 },
    );
  });

  it('tells the same changes of every revision after the last compaction', () => {
    fc.assert(
      fc.property(histories, (steps) => {
        const [store, model] = [new KvStore(), new ObviousStore()];
        for (const step of steps) doStep(store, model, step);
        const told = store.changesBetween(1, store.revision).changes.map(({ revision, key, current, previous }) => ({
          revision,
          key,
          current: current && shown(current),
          previous: previous && shown(previous),
        }));
        expect(told).toEqual(model.changes.filter(({ revision }) => revision > model.compacted));
      }),
      { seed: 5, numRuns: 80 },
    );
  });

  it('knows the same leases with the same keys', () => {
    fc.assert(
      fc.property(histories, (steps) => {
        const [store, model] = [new KvStore(), new ObviousStore()];
        for (const step of steps) doStep(store, model, step);
        const leases = store.leases().map(({ id, keys }) => [id, [...keys].sort()]);
        const expected = [...model.leases.keys()].map((id) => [
          id,
          [...model.now.values()]
            .filter(({ lease }) => lease === id)
            .map(({ key }) => key)
            .sort(),
        ]);
        expect(Object.fromEntries(leases)).toEqual(Object.fromEntries(expected));
      }),
      { seed: 6, numRuns: 80 },
    );
  });

  it('frees memory without anybody noticing', () => {
    fc.assert(
      fc.property(histories, histories, (before, after) => {
        const [store, model] = [new KvStore(), new ObviousStore()];
        for (const step of before) doStep(store, model, step);
        if (store.revision > store.compactRevision) doStep(store, model, { kind: 'compact', back: 0 });
        while (store.freeSlice());
        expect(store.changesBetween(1, store.revision).changes).toEqual([]);
        expect(store.bytesUsed).toBe(copyOf(store).bytesUsed);
        for (const step of after) doStep(store, model, step);
        expect(store.range(everything).kvs.map(shown)).toEqual(model.range(everything).kvs);
      }),
      { seed: 7, numRuns: 80 },
    );
  });
});

describe('transactions that are refused', () => {
  it('have changed nothing', () => {
    fc.assert(
      fc.property(histories, (steps) => {
        const [store, model] = [new KvStore(), new ObviousStore()];
        for (const step of steps) {
          const before = [store.revision, store.keys, store.leases().length];
          const outcome = doStep(store, model, step);
          if (outcome === 'refused') expect([store.revision, store.keys, store.leases().length]).toEqual(before);
          if (outcome === 'refused' && step.kind === 'txn' && isWellFormed(step.txn)) {
            const revision = model.revision;
            expect(model.txn(step.txn)).toBeUndefined();
            expect(model.revision).toBe(revision);
          }
        }
      }),
      { seed: 8, numRuns: 80 },
    );
  });
});

/** One that has never held anything else. */
function copyOf(store: KvStore): KvStore {
  const copy = new KvStore();
  const restoration = copy.restoration();
  const reader = new FrameReader();
  for (const chunk of store.snapshot()) for (const frame of reader.read(chunk)) restoration.add(frame);
  copy.restore(restoration);
  return copy;
}

function isWellFormed(txn: storagev1.TxnRequest): boolean {
  try {
    checkTxn(txn);
    return true;
  } catch (error) {
    if (isKvError(error)) return false;
    throw error;
  }
}
