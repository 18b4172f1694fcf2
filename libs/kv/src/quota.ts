import type { storagev1 } from '@orrery/proto';

/** What etcd allows by default. */
export const QUOTA_BYTES_DEFAULT = 2 * 1024 * 1024 * 1024;

/** What etcd reckons for a put beside key and value (`etcdserver/quota.go`). */
const PUT_OVERHEAD_BYTES = 256;
const LEASE_BYTES = 64;

/** May a request still be taken, or would the store grow beyond its quota? What makes no room smaller always may. */
export class Quota {
  /** `bytesMax` 0: the default. */
  constructor(private readonly asked = 0) {}

  get bytesMax(): number {
    return this.asked === 0 ? QUOTA_BYTES_DEFAULT : this.asked;
  }

  exceededBy(bytesUsed: number, operation: storagev1.Request['operation']): boolean {
    const cost = costOf(operation);
    return cost > 0 && bytesUsed + cost > this.bytesMax;
  }
}

/** Bytes that the request may add; 0: it adds none, and is done even while there is no space. */
export function costOf(operation: storagev1.Request['operation']): number {
  if (operation?.$case === 'leaseGrant') return LEASE_BYTES;
  return operation?.$case === 'txn' ? costOfTxn(operation.value) : 0;
}

/** Of the branch that costs more. */
function costOfTxn({ success, failure }: storagev1.TxnRequest): number {
  return Math.max(costOfBranch(success), costOfBranch(failure));
}

function costOfBranch(operations: readonly storagev1.Operation[]): number {
  let cost = 0;
  for (const { operation } of operations) {
    if (operation?.$case === 'put')
      cost += PUT_OVERHEAD_BYTES + operation.value.key.length + operation.value.value.length;
    if (operation?.$case === 'txn') cost += costOfTxn(operation.value);
  }
  return cost;
}
