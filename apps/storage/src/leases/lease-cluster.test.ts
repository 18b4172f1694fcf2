import { afterEach, describe, expect, it } from '@jest/globals';
import { keyBytes } from '@orrery/kv';
import { storagev1 } from '@orrery/proto';
import { StorageCluster } from '../testing/storage-cluster.ts';

const NAMES = ['storage-1', 'storage-2', 'storage-3'];
const LEASE = '9007199254740993';

let cluster: StorageCluster;
afterEach(() => cluster.stop());

async function withLeasedKey(ttlSeconds: number): Promise<string> {
  cluster = new StorageCluster(NAMES);
  await cluster.start();
  const leader = await cluster.untilLed();
  expect(await cluster.ask({ $case: 'leaseGrant', value: { id: LEASE, ttlSeconds } })).toMatchObject({
    value: { id: LEASE, ttlSeconds },
  });
  const put = storagev1.Put.fromPartial({ key: keyBytes('/leased'), value: keyBytes('x'), lease: LEASE });
  await cluster.ask({
    $case: 'txn',
    value: { compare: [], success: [{ operation: { $case: 'put', value: put } }], failure: [] },
  });
  return leader;
}

describe('leases of a storage cluster', () => {
  it('get their whole time again when the leader changes, and then end', async () => {
    const leader = await withLeasedKey(10);
    await cluster.time.advance('9s');
    await cluster.kill(leader);
    const next = await cluster.untilLed();
    expect(next).not.toBe(leader);
    await cluster.time.advance('8s');
    expect(await cluster.read()).toEqual({ '/leased': 'x' });
    await cluster.time.advance('4s');
    expect(await cluster.read()).toEqual({});
  });

  it('live as long as somebody keeps them alive, through any member', async () => {
    await withLeasedKey(5);
    for (let n = 0; n < 6; n++) {
      await cluster.time.advance('4s');
      const member = NAMES[n % NAMES.length] as string;
      expect(await cluster.ask({ $case: 'leaseKeepAlive', value: { id: LEASE } })).toEqual({
        $case: 'leaseKeepAlive',
        value: { ttlSeconds: 5 },
      });
      expect(await cluster.read('/', member)).toEqual({ '/leased': 'x' });
    }
    await cluster.time.advance('6s');
    expect(await cluster.ask({ $case: 'leaseKeepAlive', value: { id: LEASE } })).toMatchObject({
      value: { code: storagev1.Error_Code.CODE_LEASE_NOT_FOUND },
    });
  });
});
