import { storagev1 } from '@orrery/proto';
import { InvalidCommandError } from '../kv-errors.ts';

const { Compare_Target: Target, Compare_Result: Result } = storagev1;

/** What a comparison looks at; `undefined` stands for a key that does not exist. */
export interface Compared {
  readonly createRevision: number;
  readonly modRevision: number;
  readonly version: number;
  readonly lease: bigint;
  value(): Uint8Array;
}

/** Does the comparison hold? A key that does not exist has zeros, and no value equals or orders with it (etcd: `applyCompare`). */
export function holds(compare: storagev1.Compare, kv: Compared | undefined): boolean {
  if (compare.target === Target.TARGET_VALUE && kv === undefined) return false;
  const order = orderOf(compare, kv);
  switch (compare.result) {
    case Result.RESULT_EQUAL:
      return order === 0;
    case Result.RESULT_NOT_EQUAL:
      return order !== 0;
    case Result.RESULT_GREATER:
      return order > 0;
    case Result.RESULT_LESS:
      return order < 0;
    default:
      throw new InvalidCommandError('etcdserver: a comparison has no result');
  }
}

function orderOf(compare: storagev1.Compare, kv: Compared | undefined): number {
  switch (compare.target) {
    case Target.TARGET_MOD_REVISION:
      return (kv?.modRevision ?? 0) - compare.number;
    case Target.TARGET_CREATE_REVISION:
      return (kv?.createRevision ?? 0) - compare.number;
    case Target.TARGET_VERSION:
      return (kv?.version ?? 0) - compare.number;
    case Target.TARGET_LEASE:
      return orderOfLeases(kv?.lease ?? 0n, BigInt(compare.lease));
    case Target.TARGET_VALUE:
      return Buffer.compare(kv?.value() ?? NO_VALUE, compare.value);
    default:
      throw new InvalidCommandError('etcdserver: a comparison has no target');
  }
}

function orderOfLeases(a: bigint, b: bigint): number {
  return a < b ? -1 : Number(a > b);
}

const NO_VALUE = new Uint8Array(0);
