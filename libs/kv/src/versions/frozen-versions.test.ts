import { describe, expect, it } from '@jest/globals';
import { storagev1 } from '@orrery/proto';
import { type Command, putCommand } from '../command.ts';
import { keyBytes, keyText } from '../key.ts';
import { KvStore } from '../kv-store.ts';

const put = (store: KvStore, key: string, value: string) =>
  store.apply(putCommand(key, Buffer.from(value)), { time: 0 });
const remove = (store: KvStore, key: string) => {
  const deleteRange = storagev1.DeleteRange.fromPartial({ key: keyBytes(key) });
  const operation: storagev1.Operation = { operation: { $case: 'deleteRange', value: deleteRange } };
  const command: Command = { $case: 'txn', value: { compare: [], success: [operation], failure: [] } };
  store.apply(command, { time: 0 });
};

/** What is frozen: revision, key, and value or `deleted`. */
function contents(frozen: ReturnType<KvStore['freeze']>): string[] {
  return [...frozen.versions()].map(({ revision, deleted, record }) => {
    const { key, value } = storagev1.KeyValue.decode(record);
    return `${revision} ${keyText(key)} ${deleted ? 'deleted' : Buffer.from(value)}`;
  });
}

describe('frozen versions', () => {
  it('come in order of revision, with deletions, and of what was compacted only what still stood', () => {
    const store = new KvStore();
    put(store, 'b', '1');
    put(store, 'a', '1');
    put(store, 'b', '2');
    put(store, 'gone', '1');
    remove(store, 'gone');
    store.apply({ $case: 'compact', value: { revision: 6 } }, { time: 0 });
    put(store, 'a', '2');
    remove(store, 'b');
    const frozen = store.freeze();
    for (const _ of frozen.prepare());
    expect(contents(frozen)).toEqual(['3 a 1', '4 b 2', '7 a 2', '8 b deleted']);
    frozen.release();
  });

  it('stay what they are while the store is written to and compacted, also between two steps', () => {
    const store = new KvStore();
    for (let n = 0; n < 8_000; n++) put(store, `key-${(n * 7_919) % 5_000}`, String(n));
    const still = store.freeze();
    for (const _ of still.prepare());
    const expected = contents(still);
    still.release();

    const frozen = store.freeze();
    let steps = 0;
    for (const _ of frozen.prepare()) {
      put(store, `new-${steps}`, 'later');
      remove(store, `key-${steps}`);
      store.apply({ $case: 'compact', value: { revision: store.revision } }, { time: 0 });
      while (store.freeSlice());
      steps++;
    }
    expect(steps).toBeGreaterThan(5);
    expect(contents(frozen)).toEqual(expected);
    expect(contents(frozen)).toEqual(expected);
    frozen.release();
    frozen.release();
  });
});
