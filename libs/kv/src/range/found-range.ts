import { storagev1 } from '@orrery/proto';

/** A shorter answer is made of objects at once: that costs less than to remember where they come from. */
const REMEMBERED_MIN = 8;

/** What ranges were made of. Not a property of the answer: a copy of it with other keys must not have it. */
const recordsByRange = new WeakMap<storagev1.RangeResponse, readonly Uint8Array[]>();

export type RangeFacts = Pick<storagev1.RangeResponse, 'more' | 'count' | 'revision'>;

/**
 * The answer to a range that found `records`: versions as etcd keeps them, which is how they stand in an encoded answer too. Whoever sends them on takes them
 * from `recordsOf`; into objects they are made only for who looks at `kvs`.
 */
export function foundRange(
  records: readonly Uint8Array[],
  { more, count, revision }: RangeFacts,
): storagev1.RangeResponse {
  if (records.length < REMEMBERED_MIN) return { kvs: records.map(decoded), more, count, revision };
  let kvs: storagev1.KeyValue[] | undefined;
  const range = {
    get kvs() {
      kvs ??= records.map(decoded);
      return kvs;
    },
    more,
    count,
    revision,
  };
  recordsByRange.set(range, records);
  return range;
}

/** The encoded `KeyValue`s of a long answer, in order; `undefined` where only its objects are known. */
export function recordsOf(range: storagev1.RangeResponse): readonly Uint8Array[] | undefined {
  return recordsByRange.get(range);
}

function decoded(record: Uint8Array): storagev1.KeyValue {
  return storagev1.KeyValue.decode(record);
}
