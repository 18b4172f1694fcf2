import { describe, expect, it } from '@jest/globals';
import { storagev1 } from '@orrery/proto';
import fc from 'fast-check';
import { putCommand } from '../command.ts';
import { keyBytes } from '../key.ts';
import { CompactedError, FutureRevisionError } from '../kv-errors.ts';
import { KvStore } from '../kv-store.ts';
import { ObviousStore } from '../testing/obvious-store.ts';
import { doStep, histories } from '../testing/store-histories.ts';
import { crc32c } from './crc32c.ts';

const at = { time: 0 };
const bytes = (text: string) => new TextEncoder().encode(text);
const LEASE = '2324035522156087052';

class Script {
  readonly store = new KvStore();
  put(key: string, value: string, lease = '0'): void {
    this.store.apply(putCommand(key, bytes(value), lease), at);
  }
  delete(key: string, end = ''): void {
    this.txn([deletion(key, end)]);
  }
  txn(success: storagev1.Operation[]): void {
    this.store.apply({ $case: 'txn', value: { compare: [], success, failure: [] } }, at);
  }
  compact(revision: number): void {
    this.store.apply({ $case: 'compact', value: { revision } }, at);
  }
  hash(revision = 0): number {
    return this.store.hash(revision).hash;
  }
}

const put = (key: string, value: string): storagev1.Operation => ({
  operation: { $case: 'put', value: storagev1.Put.fromPartial({ key: keyBytes(key), value: bytes(value) }) },
});
const deletion = (key: string, end = ''): storagev1.Operation => ({
  operation: {
    $case: 'deleteRange',
    value: storagev1.DeleteRange.fromPartial({ key: keyBytes(key), rangeEnd: keyBytes(end) }),
  },
});

describe('the hash of a store', () => {
  it('begins with the checksum that everybody calculates', () => {
    expect(crc32c(bytes('123456789'))).toBe(0xe3069283);
    expect(crc32c(bytes('6789'), crc32c(bytes('12345')))).toBe(0xe3069283);
  });

  it('is the one that etcd 3.4 has (`etcdctl endpoint hashkv`) after the same commands', () => {
    const script = new Script();
    expect(script.hash()).toBe(1084519789);
    script.put('a', '1');
    script.put('b', '2');
    expect(script.hash()).toBe(1827592406);
    script.put('a', '3');
    script.delete('b');
    script.put('c', '');
    expect(script.hash()).toBe(1947802976);
    script.store.apply({ $case: 'leaseGrant', value: { id: LEASE, ttlSeconds: 1000 } }, at);
    script.put('f', 'leased', LEASE);
    script.put('big', 'x'.repeat(2000));
    expect(script.hash()).toBe(2462440104);
    expect(script.hash(6)).toBe(1947802976);
    script.compact(6);
    expect([script.hash(), script.hash(7)]).toEqual([4210148405, 1141857799]);
    script.put('a', '9');
    expect(script.hash()).toBe(3098128274);
    script.store.apply({ $case: 'leaseRevoke', value: { id: LEASE } }, at);
    expect(script.hash()).toBe(333831280);
    script.txn([put('d', '5'), put('e', '6'), deletion('c')]);
    expect(script.hash()).toBe(1282423228);
    script.delete('d', 'zz');
    expect(script.hash()).toBe(2741944888);
    script.compact(11);
    expect(script.hash()).toBe(2611805015);
    script.compact(12);
    expect(script.hash()).toBe(37675723);
  });

  it('does not depend on how far memory has been freed, and on nothing but the history', () => {
    fc.assert(
      fc.property(histories, (steps) => {
        const [one, other] = [new KvStore(), new KvStore()];
        const [modelOne, modelOther] = [new ObviousStore(), new ObviousStore()];
        const unpin = one.freeze();
        for (const step of steps) {
          doStep(one, modelOne, step, 1);
          doStep(other, modelOther, step, 2);
          while (other.freeSlice());
        }
        for (let revision = one.compactRevision + 1; revision <= one.revision; revision++) {
          expect(one.hash(revision)).toEqual(other.hash(revision));
        }
        unpin.release();
      }),
      { seed: 11, numRuns: 40 },
    );
  });

  it('is that of single changes where one command made several revisions', () => {
    const [together, single] = [new KvStore({ ownRevision: () => true }), new KvStore()];
    const commands = [put('a', '1'), put('b', '2'), put('c', '3')];
    together.apply({ $case: 'txn', value: { compare: [], success: commands, failure: [] } }, at);
    for (const one of commands) single.apply({ $case: 'txn', value: { compare: [], success: [one], failure: [] } }, at);
    expect(together.hash()).toEqual(single.hash());
  });

  it('differs where a single byte does', () => {
    const [one, other] = [new Script(), new Script()];
    one.put('a', '1');
    other.put('a', '2');
    expect(one.hash()).not.toBe(other.hash());
  });

  it('stays the one of its revision while the store is written to and compacted', () => {
    const script = new Script();
    for (let n = 0; n < 20_000; n++) script.put(`key-${n}`, `value ${n}`);
    script.compact(1_000);
    const expected = script.store.hash(15_000);
    const slices = script.store.hashInSlices(15_000);
    let count = 0;
    for (let step = slices.next(); ; step = slices.next(), count++) {
      if (step.done) {
        expect(step.value).toEqual(expected);
        break;
      }
      script.put(`key-${count}`, 'new');
      script.delete(`key-${count + 100}`);
      if (count === 2) script.compact(18_000);
    }
    expect(count).toBeGreaterThan(3);
    expect(script.store.isPinned).toBe(false);
  });

  it('is refused for revisions that are gone or to come', () => {
    const script = new Script();
    for (const key of ['a', 'b', 'c']) script.put(key, '1');
    script.compact(3);
    expect(() => script.hash(3)).toThrow(CompactedError);
    expect(() => script.hash(5)).toThrow(FutureRevisionError);
  });
});
