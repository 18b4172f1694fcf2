import { encodeRecords, recordsOf } from '@orrery/kv';
import type { storagev1 } from '@orrery/proto';
import { etcdserverpb } from '@orrery/proto/etcd';
import { rangeResponse } from './answers.ts';

/** Number of `kvs` in `RangeResponse`. */
const KVS_FIELD = 2;

export interface FoundRange {
  readonly range: storagev1.RangeResponse;
  readonly header: etcdserverpb.ResponseHeader;
}

/** Encodes etcd's `RangeResponse`; the records of a long one as they lie in the store, because etcd's message is the same. */
export const rangeResponseEncoder = {
  encode: ({ range, header }: FoundRange) => ({
    finish: (): Uint8Array => {
      const { RangeResponse } = etcdserverpb;
      const records = recordsOf(range);
      if (records === undefined) return RangeResponse.encode(rangeResponse(range, header)).finish();
      const { more, count } = range;
      const before = RangeResponse.encode({ header, kvs: [], more: false, count: 0 }).finish();
      const behind = RangeResponse.encode({ header: undefined, kvs: [], more, count }).finish();
      return encodeRecords(before, KVS_FIELD, records, behind);
    },
  }),
};
