import { afterEach, describe, expect, it } from '@jest/globals';
import { KvStore, putCommand } from '@orrery/kv';
import { storagev1 } from '@orrery/proto';
import { MemoryLogger, VirtualTime } from '@orrery/runtime';
import { errorResult, kvErrorResult } from '../state-machine/storage-result.ts';
import { ConsistencyCheck } from './consistency-check.ts';

const NAMES = ['storage-1', 'storage-2', 'storage-3'];
const put = (store: KvStore, key: string, value: string) =>
  store.apply(putCommand(key, new TextEncoder().encode(value)), { time: 0 });

function members() {
  const time = new VirtualTime();
  const stores = new Map(NAMES.map((name) => [name, new KvStore()]));
  const alarms: storagev1.Alarm[] = [];
  let leads = true;
  const unreachable = new Set<string>();
  const check = new ConsistencyCheck({
    member: 'storage-1',
    members: () => NAMES,
    store: stores.get('storage-1') as KvStore,
    timers: time,
    logger: new MemoryLogger(),
    leads: () => leads,
    ask: async (name, revision) => {
      const store = stores.get(name) as KvStore;
      if (unreachable.has(name)) return undefined;
      if (revision > store.revision) return errorResult(storagev1.Error_Code.CODE_FUTURE_REVISION, 'future');
      try {
        return { $case: 'hash', value: store.hash(revision) };
      } catch (error) {
        return kvErrorResult(error as Parameters<typeof kvErrorResult>[0]);
      }
    },
    raise: async (alarm) => alarms.push(alarm),
    intervalMs: 3_600_000,
  });
  const store = (name: string) => stores.get(name) as KvStore;
  return { time, check, store, alarms, unreachable, depose: () => (leads = false) };
}

let checks: ConsistencyCheck[] = [];
afterEach(() => {
  for (const check of checks) check.stop();
  checks = [];
});

describe('the consistency check', () => {
  it('finds nothing at members that hold the same, after a start and every hour', async () => {
    const { time, check, store, alarms } = members();
    checks = [check];
    for (const name of NAMES) put(store(name), 'a', '1');
    check.start();
    await time.advance('3h');
    expect(alarms).toEqual([]);
  });

  it('raises the alarm for the member that holds something else', async () => {
    const { time, check, store, alarms } = members();
    checks = [check];
    for (const name of NAMES) put(store(name), 'a', name === 'storage-3' ? '2' : '1');
    check.start();
    await time.advance('1m');
    expect(alarms).toEqual([{ member: 'storage-3', type: storagev1.AlarmType.ALARM_TYPE_CORRUPT }]);
  });

  it('waits for a member that is behind, and does without one that does not answer', async () => {
    const { time, check, store, alarms, unreachable } = members();
    checks = [check];
    for (const name of NAMES) put(store(name), 'a', '1');
    put(store('storage-1'), 'b', '1');
    unreachable.add('storage-2');
    const found = check.check();
    await time.advance('1s');
    put(store('storage-3'), 'b', 'other');
    await time.advance('5s');
    expect(await found).toEqual(['storage-3']);
    expect(alarms).toHaveLength(1);
  });

  it('says nothing as soon as the member leads no longer', async () => {
    const { check, store, alarms, depose } = members();
    checks = [check];
    for (const name of NAMES) put(store(name), 'a', name);
    const found = check.check();
    depose();
    expect([await found, alarms, await check.check()]).toEqual([[], [], []]);
  });
});
