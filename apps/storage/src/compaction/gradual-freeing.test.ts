import { describe, expect, it } from '@jest/globals';
import { KvStore, putCommand } from '@orrery/kv';
import { VirtualTime } from '@orrery/runtime';
import { GradualFreeing } from './gradual-freeing.ts';

const at = { time: 0 };

describe('gradual freeing', () => {
  it('gives back memory after a compaction though nothing is written any more, and waits for a snapshot to end', async () => {
    const [store, time] = [new KvStore(), new VirtualTime()];
    const freeing = new GradualFreeing(time, store);
    for (let n = 0; n < 5_000; n++) store.apply(putCommand(`key-${n % 10}`, new Uint8Array(1_000)), at);
    const before = store.bytesUsed;
    const snapshot = store.snapshot();
    store.apply({ $case: 'compact', value: { revision: store.revision } }, at);
    freeing.wake();
    await time.settle();
    expect(store.bytesUsed).toBe(before);
    snapshot.return();
    freeing.wake();
    await time.settle();
    expect(store.bytesUsed).toBeLessThan(20_000);
    expect(store.freeSlice()).toBe(false);
    freeing.stop();
  });
});
