import type { Bus, Subjects } from '@orrery/bus';
import { storagev1 } from '@orrery/proto';
import type { StorageClient } from './storage-client.ts';

const answerTimeoutMs = 10_000;
const end = Buffer.from([0]);

/** Asks storage over the bus, as the API server does: any member answers. */
export function busClient(bus: Bus, subjects: Subjects): StorageClient {
  let requests = 0;
  const ask = async (operation: NonNullable<storagev1.Request['operation']>): Promise<number> => {
    const request = storagev1.Request.encode({ requestId: `bench-${++requests}`, operation }).finish();
    const answer = await bus.request(subjects.kv(), request, { timeoutMs: answerTimeoutMs });
    const { result } = storagev1.Response.decode(answer);
    if (result?.$case !== operation.$case) throw new Error(`storage answered ${JSON.stringify(result)}`);
    return answer.length;
  };
  const range = (request: Partial<storagev1.RangeRequest>): Promise<number> =>
    ask({ $case: 'range', value: storagev1.RangeRequest.fromPartial(request) });
  return {
    put: async (_client, key, value) => {
      const put = storagev1.Put.fromPartial({ key: Buffer.from(key), value });
      const success = [{ operation: { $case: 'put' as const, value: put } }];
      await ask({ $case: 'txn', value: { compare: [], success, failure: [] } });
    },
    get: async (_client, key) => {
      await range({ key: Buffer.from(key) });
    },
    range: (_client, from, limit) => range({ key: Buffer.from(from), rangeEnd: end, limit }),
    [Symbol.asyncDispose]: () => bus.close(),
  };
}
