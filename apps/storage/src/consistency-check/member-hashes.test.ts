import { afterEach, describe, expect, it } from '@jest/globals';
import { storagev1 } from '@orrery/proto';
import { StorageCluster } from '../testing/storage-cluster.ts';

const NAMES = ['storage-1', 'storage-2', 'storage-3'];
const everyAlarm = storagev1.AlarmRequest.fromPartial({});

let cluster: StorageCluster;
afterEach(() => cluster.stop());

describe('the members of a cluster', () => {
  it('have the same hash at each revision, also after restarts and compactions, and no alarm is raised', async () => {
    cluster = new StorageCluster(NAMES);
    await cluster.start();
    await cluster.untilLed();
    for (let n = 0; n < 40; n++) {
      await cluster.put(`/registry/core/pods/default/web-${n % 7}`, `{"n":${n}}`);
      await cluster.put(`/other-${n % 5}`, String(n));
      if (n === 20) await cluster.ask({ $case: 'compact', value: { revision: 15 } });
      if (n === 30) {
        await cluster.kill('storage-2', true);
        await cluster.start('storage-2');
      }
    }
    await cluster.time.advance('5s');
    for (const revision of [30, 55, 81]) {
      const hashes: unknown[] = [];
      for (const member of NAMES) {
        const answer = await cluster.ask({ $case: 'hash', value: { revision } }, { member });
        expect(answer).toMatchObject({ $case: 'hash', value: { compactRevision: 15, hashRevision: revision } });
        hashes.push(answer.value);
      }
      expect(new Set(hashes.map((hash) => JSON.stringify(hash))).size).toBe(1);
    }
    await cluster.time.advance('2m');
    const alarms = await cluster.ask({ $case: 'alarm', value: everyAlarm });
    expect(alarms).toEqual({ $case: 'alarm', value: { alarms: [] } });
  });
});
