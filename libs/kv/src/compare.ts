import { storagev1 } from '@orrery/proto';
import { InvalidCommandError } from './kv-errors.ts';

const { Compare_Target: Target, Compare_Result: Result } = storagev1;

/** Does the comparison hold for the newest version of its key? A key that does not exist has zeros, and no value equals or orders with it. */
export function holds(compare: storagev1.Compare, kv: storagev1.KeyValue | undefined): boolean {
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
      throw new InvalidCommandError('a comparison has no result');
  }
}

function orderOf(compare: storagev1.Compare, kv: storagev1.KeyValue | undefined): number {
  switch (compare.target) {
    case Target.TARGET_MOD_REVISION:
      return (kv?.modRevision ?? 0) - compare.number;
    case Target.TARGET_CREATE_REVISION:
      return (kv?.createRevision ?? 0) - compare.number;
    case Target.TARGET_VERSION:
      return (kv?.version ?? 0) - compare.number;
    case Target.TARGET_LEASE:
      return (kv?.lease ?? 0) - compare.number;
    case Target.TARGET_VALUE:
      return Buffer.compare(kv?.value ?? new Uint8Array(0), compare.value);
    default:
      throw new InvalidCommandError('a comparison has no target');
  }
}
