import { describe, expect, it } from '@jest/globals';
import { storagev1 } from '@orrery/proto';
import { costOf, QUOTA_BYTES_DEFAULT, Quota } from './quota.ts';

type Operation = NonNullable<storagev1.Request['operation']>;

const put = (bytes: number): storagev1.Operation => ({
  operation: {
    $case: 'put',
    value: storagev1.Put.fromPartial({ key: new Uint8Array(4), value: new Uint8Array(bytes) }),
  },
});
const deletion: storagev1.Operation = { operation: { $case: 'deleteRange', value: storagev1.DeleteRange.create() } };
const txn = (success: storagev1.Operation[], failure: storagev1.Operation[] = []): Operation => ({
  $case: 'txn',
  value: { compare: [], success, failure },
});

describe('the quota', () => {
  it.each<[string, Operation, number]>([
    ['a put', txn([put(1_000)]), 1_260],
    ['the branch that costs more', txn([put(10)], [put(1_000), put(10)]), 1_530],
    ['what is nested', txn([{ operation: txn([put(1_000)]) as storagev1.Operation['operation'] }]), 1_260],
    ['a lease', { $case: 'leaseGrant', value: { id: '0', ttlSeconds: 1 } }, 64],
    ['a deletion: nothing', txn([deletion]), 0],
    ['a compaction: nothing', { $case: 'compact', value: { revision: 4 } }, 0],
  ])('reckons %s', (_, operation, cost) => {
    expect(costOf(operation)).toBe(cost);
  });

  it('refuses what would not fit, and never what costs nothing', () => {
    const quota = new Quota(10_000);
    expect(quota.exceededBy(8_740, txn([put(1_000)]))).toBe(false);
    expect(quota.exceededBy(8_741, txn([put(1_000)]))).toBe(true);
    expect(quota.exceededBy(20_000, txn([deletion]))).toBe(false);
    expect(new Quota().bytesMax).toBe(QUOTA_BYTES_DEFAULT);
  });
});
