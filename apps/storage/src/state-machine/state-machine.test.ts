import { describe, expect, it } from '@jest/globals';
import { keyBytes, SnapshotFormatError } from '@orrery/kv';
import { raftv1, storagev1 } from '@orrery/proto';
import { SeededRandom } from '@orrery/runtime';
import fc from 'fast-check';
import { encodeRequest, encodeSkipRevisions } from './log-command.ts';
import { StateMachine } from './state-machine.ts';
import { CHUNK_BYTES_MAX } from './state-snapshot.ts';

type Operation = NonNullable<storagev1.Request['operation']>;

const { AlarmType, AlarmRequest_Action: Action, Error_Code: Code } = storagev1;

function command(operation: Operation, requestId = '', time = 0): Uint8Array {
  return encodeRequest(time, storagev1.Request.encode({ requestId, operation }).finish());
}

const putOf = (key: string, value: string, lease = '0'): storagev1.Operation => ({
  operation: {
    $case: 'put',
    value: storagev1.Put.fromPartial({ key: keyBytes(key), value: keyBytes(value), lease, prevKv: key === 'a' }),
  },
});
const deletionOf = (key: string): storagev1.Operation => ({
  operation: { $case: 'deleteRange', value: storagev1.DeleteRange.fromPartial({ key: keyBytes(key), prevKv: true }) },
});
const txn = (...success: storagev1.Operation[]): Operation => ({
  $case: 'txn',
  value: { compare: [], success, failure: [] },
});
const alarm = (action: storagev1.AlarmRequest_Action, type: storagev1.AlarmType, member = 'storage-1'): Operation => ({
  $case: 'alarm',
  value: { action, member, type },
});
const range = (from: string, end = ''): storagev1.RangeRequest =>
  storagev1.RangeRequest.fromPartial({ key: keyBytes(from), rangeEnd: keyBytes(end) });

const bytesOf = (state: StateMachine): Buffer => Buffer.concat([...state.snapshot()]);

async function restored(chunks: Iterable<Uint8Array>): Promise<StateMachine> {
  const state = new StateMachine();
  await state.restore(chunks);
  return state;
}

/** Entries of any log, reproducible. */
function entries(seed: number, count: number): Uint8Array[] {
  const random = new SeededRandom(seed);
  const key = () => `${['/registry/core/pods/default/', 'k/', ''][random.integer(3)]}${'abcdef'[random.integer(6)]}`;
  const lease = () => String(1 + random.integer(4));
  return Array.from({ length: count }, (_, n) => {
    const id = random.integer(3) === 0 ? '' : `request-${random.integer(count)}`;
    const move = random.integer(20);
    if (move < 10)
      return command(
        txn(putOf(key(), `${n}`, move < 2 ? lease() : '0'), putOf(`${key()}-2`, 'y'.repeat(random.integer(2_000)))),
        id,
        n,
      );
    if (move < 13) return command(txn(deletionOf(key())), id, n);
    if (move === 13) return command({ $case: 'leaseGrant', value: { id: lease(), ttlSeconds: 60 } }, id, n);
    if (move === 14) return command({ $case: 'leaseRevoke', value: { id: lease() } }, id, n);
    if (move === 15)
      return command({ $case: 'compact', value: { revision: Math.max(1, n - random.integer(20)) } }, id, n);
    if (move === 16) return command(alarm(Action.ACTION_ACTIVATE, AlarmType.ALARM_TYPE_NO_SPACE), id, n);
    if (move === 17) return command(alarm(Action.ACTION_DEACTIVATE, AlarmType.ALARM_TYPE_UNSPECIFIED, ''), id, n);
    if (move === 18) {
      const member = storagev1.Member.fromPartial({
        name: `storage-${random.integer(5)}`,
        clientUrls: [`http://${n}`],
      });
      return command({ $case: 'publishMember', value: { member } }, id, n);
    }
    return n % 100 === 99 ? encodeSkipRevisions(n, random.integer(200)) : new Uint8Array(0);
  });
}

describe('the state machine', () => {
  it('is the same wherever the same entries are applied, to the last byte of its snapshot', () => {
    fc.assert(
      fc.property(fc.integer(), fc.integer({ min: 1, max: 300 }), (seed, count) => {
        const [one, other] = [new StateMachine(), new StateMachine()];
        const log = entries(seed, count);
        const pin = one.store.freeze();
        for (const entry of log) one.apply(entry);
        for (const entry of log) {
          other.apply(entry);
          while (other.store.freeSlice());
        }
        expect(bytesOf(one).equals(bytesOf(other))).toBe(true);
        pin.release();
      }),
      { seed: 1, numRuns: 60 },
    );
  });

  it('is what it was behind a snapshot, and goes on in the same way', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer(), fc.integer({ min: 1, max: 300 }), async (seed, count) => {
        const original = new StateMachine();
        const log = entries(seed, count + 100);
        for (const entry of log.slice(0, count)) original.apply(entry);
        const copy = await restored(original.snapshot());
        expect(bytesOf(copy).equals(bytesOf(original))).toBe(true);
        expect(copy.store.hash()).toEqual(original.store.hash());
        expect(copy.store.changesBetween(1, copy.store.revision)).toEqual(
          original.store.changesBetween(1, original.store.revision),
        );
        for (const entry of log.slice(count)) expect(copy.apply(entry)).toEqual(original.apply(entry));
        expect(bytesOf(copy).equals(bytesOf(original))).toBe(true);
      }),
      { seed: 2, numRuns: 20 },
    );
  });

  it('gives the state of the moment in chunks of bounded size, though entries are applied meanwhile', async () => {
    const state = new StateMachine();
    for (let n = 0; n < 300; n++)
      state.apply(command(txn(putOf(`key-${n}`, 'x'.repeat(n % 50 === 0 ? 1_400_000 : 5_000)))));
    const before = bytesOf(state);
    const chunks: Uint8Array[] = [];
    for (const [n, chunk] of numbered(state.snapshot())) {
      chunks.push(Buffer.from(chunk));
      state.apply(command(txn(putOf(`key-${n * 7}`, 'new'), deletionOf(`key-${n * 11 + 1}`), putOf(`new-${n}`, 'x'))));
      if (n === 3) state.apply(command({ $case: 'compact', value: { revision: state.store.revision } }));
    }
    expect(Math.max(...chunks.map(({ length }) => length))).toBeLessThanOrEqual(CHUNK_BYTES_MAX);
    expect(Buffer.concat(chunks).equals(before)).toBe(true);
    expect(state.store.isPinned).toBe(false);
    const halves = [before.subarray(0, 7), before.subarray(7, 100_001), before.subarray(100_001)];
    expect(bytesOf(await restored(halves)).equals(before)).toBe(true);
  });

  it('lets go of history when a snapshot is given up', () => {
    const state = new StateMachine();
    state.apply(command(txn(putOf('a', '1'))));
    state.snapshot().return?.();
    expect(state.store.isPinned).toBe(false);
    for (const _ of state.snapshot()) break;
    expect(state.store.isPinned).toBe(false);
  });

  it('stays what it is where a snapshot is cut off, torn, or of another release', async () => {
    const state = new StateMachine();
    state.apply(command(txn(putOf('a', '1'))));
    const before = bytesOf(state);
    const newer = Buffer.from(before);
    newer[newer.indexOf(Buffer.from([0x08, 0x01])) + 1] = 9;
    const faulty = [before.subarray(0, -1), before.subarray(0, 30), Buffer.alloc(0), Buffer.alloc(100, 0xff), newer];
    for (const bytes of faulty) await expect(state.restore([bytes])).rejects.toThrow(SnapshotFormatError);
    expect(bytesOf(state).equals(before)).toBe(true);
  });

  it('answers a repeated request as it did, also behind a snapshot', async () => {
    const state = new StateMachine();
    state.apply(command(txn(putOf('a', '1'))));
    const first = state.apply(command(txn(putOf('a', '2')), 'same'));
    const revision = state.store.revision;
    expect(first).toMatchObject({
      value: { results: [{ result: { value: { previous: { value: Buffer.from('1') } } } }] },
    });
    const copy = await restored(state.snapshot());
    for (const one of [state, copy]) {
      expect(one.apply(command(txn(putOf('a', '2')), 'same'))).toEqual(
        storagev1.Response.decode(storagev1.Response.encode({ header: undefined, result: first }).finish()).result,
      );
      expect(one.store.revision).toBe(revision);
    }
  });

  it('takes no puts and no leases while there is no space, but reads, deletions and compactions', () => {
    const state = new StateMachine();
    state.apply(command(txn(putOf('a', '1'), putOf('b', '1'))));
    state.apply(command(alarm(Action.ACTION_ACTIVATE, AlarmType.ALARM_TYPE_NO_SPACE)));
    const refused = {
      $case: 'error',
      value: { code: Code.CODE_NO_SPACE, message: 'etcdserver: mvcc: database space exceeded' },
    };
    expect(state.apply(command(txn(putOf('a', '2'))))).toMatchObject(refused);
    expect(state.apply(command({ $case: 'leaseGrant', value: { id: '0', ttlSeconds: 9 } }))).toMatchObject(refused);
    expect(state.apply(command(txn(deletionOf('b'))))).toMatchObject({ $case: 'txn' });
    expect(state.apply(command({ $case: 'compact', value: { revision: 3 } }))).toMatchObject({ $case: 'compact' });
    const disarmed = state.apply(command(alarm(Action.ACTION_DEACTIVATE, AlarmType.ALARM_TYPE_UNSPECIFIED, '')));
    expect(disarmed).toEqual({
      $case: 'alarm',
      value: { alarms: [{ member: 'storage-1', type: AlarmType.ALARM_TYPE_NO_SPACE }] },
    });
    expect(state.apply(command(txn(putOf('a', '2'))))).toMatchObject({ $case: 'txn' });
  });

  it('changes nothing any more while members differ', () => {
    const state = new StateMachine();
    state.apply(command(txn(putOf('a', '1'))));
    state.apply(command(alarm(Action.ACTION_ACTIVATE, AlarmType.ALARM_TYPE_CORRUPT, 'storage-2')));
    for (const operation of [
      txn(putOf('a', '2')),
      txn(deletionOf('a')),
      { $case: 'compact', value: { revision: 2 } } as const,
    ]) {
      expect(state.apply(command(operation))).toMatchObject({ value: { code: Code.CODE_CORRUPT } });
    }
    expect(state.store.range(range('a')).kvs).toHaveLength(1);
  });

  it('keeps what members published until they leave the cluster', () => {
    const state = new StateMachine();
    for (const name of ['storage-1', 'storage-2']) {
      const member = storagev1.Member.fromPartial({ name, clientUrls: [`http://${name}:2379`] });
      state.apply(command({ $case: 'publishMember', value: { member } }));
    }
    expect(state.members.get('storage-2')).toMatchObject({ published: true, clientUrls: ['http://storage-2:2379'] });
    const data = raftv1.Configuration.encode({ voters: ['storage-1'], learners: ['storage-3'] }).finish();
    state.applyEntry({ type: raftv1.Entry_Type.TYPE_CONFIGURATION, data });
    expect(state.members.all().map(({ name }) => name)).toEqual(['storage-1']);
  });

  it('understands the timed leases of a log that was upgraded from the first format', () => {
    const state = new StateMachine();
    const expire = (time: number) => {
      const bytes = Buffer.alloc(9);
      bytes[0] = 2;
      bytes.writeDoubleBE(time, 1);
      return new Uint8Array(bytes);
    };
    state.apply(command({ $case: 'leaseGrant', value: { id: '5', ttlSeconds: 10 } }, '', 0));
    state.apply(command(txn(putOf('a', '1', '5'), putOf('b', '1', '5')), '', 0));
    expect(state.apply(command({ $case: 'leaseKeepAlive', value: { id: '5' } }, '', 6_000))).toMatchObject({
      value: { ttlSeconds: 10 },
    });
    state.apply(expire(15_999));
    expect(state.store.keys).toBe(2);
    state.apply(expire(16_000));
    expect([state.store.keys, state.store.revision, state.store.leases()]).toEqual([0, 3, []]);
  });
});

function* numbered<T>(items: Iterable<T>): Generator<[number, T]> {
  let n = 0;
  for (const item of items) yield [n++, item];
}
