import { encodeRecords, fieldHead, foundRange, recordFieldsBytes, recordsOf } from '@orrery/kv';
import { storagev1 } from '@orrery/proto';

/** Bytes of keys and values in one answer; a longer range is cut and says `more`. */
const ANSWER_BYTES_MAX = 4 * 1024 * 1024;
/** Fields of `Response` and `RangeResponse`. */
const FIELD = { range: 2, kvs: 1 } as const;

/** The response as it goes over the bus: of a range as much as fits. The records of a long one are not made into objects on the way. */
export function encodeResponse(response: storagev1.Response): Uint8Array {
  if (response.result?.$case !== 'range') return storagev1.Response.encode(response).finish();
  const range = withinBytes(response.result.value);
  const records = recordsOf(range);
  if (records === undefined) {
    return storagev1.Response.encode({ ...response, result: { $case: 'range', value: range } }).finish();
  }
  const { more, count, revision } = range;
  const behind = storagev1.RangeResponse.encode({ kvs: [], more, count, revision }).finish();
  const header = storagev1.Response.encode({ header: response.header, result: undefined }).finish();
  const rangeHead = fieldHead(FIELD.range, recordFieldsBytes(records) + behind.length);
  return encodeRecords(Buffer.concat([header, rangeHead]), FIELD.kvs, records, behind);
}

function withinBytes(range: storagev1.RangeResponse): storagev1.RangeResponse {
  const records = recordsOf(range);
  const sizes = records?.map(({ length }) => length) ?? range.kvs.map(({ key, value }) => key.length + value.length);
  let bytes = 0;
  const cut = sizes.findIndex((size, at) => {
    bytes += size;
    return at > 0 && bytes > ANSWER_BYTES_MAX;
  });
  if (cut < 0) return range;
  if (records !== undefined)
    return foundRange(records.slice(0, cut), { more: true, count: range.count, revision: range.revision });
  return { ...range, kvs: range.kvs.slice(0, cut), more: true };
}
