import { GrpcCode, GrpcError } from '@orrery/grpc';
import { storagev1 } from '@orrery/proto';
import { v3lockpb } from '@orrery/proto/etcd';
import type { WaitingLine } from '../concurrency/waiting-line.ts';
import type { MemberRequests } from '../member-requests.ts';
import { type Methods, unary } from './method.ts';

/** etcd's lock service: the same line of keys that clients form by themselves. */
export function lockService(line: WaitingLine, requests: MemberRequests): Methods {
  const path = '/v3lockpb.Lock';
  const { LockRequest, LockResponse, UnlockRequest, UnlockResponse } = v3lockpb;
  return [
    unary(`${path}/Lock`, LockRequest, LockResponse, async ({ name, lease }, call) => {
      const place = await line.join(name, await leaseOrDefault(requests, lease), NO_VALUE);
      const header = await line.untilFirst(place, call.signal);
      return { header, key: place.key };
    }),
    unary(`${path}/Unlock`, UnlockRequest, UnlockResponse, async ({ key }) => {
      if (key.length === 0) throw new GrpcError(GrpcCode.invalidArgument, 'etcdserver: key is not provided');
      const deletion = storagev1.DeleteRange.fromPartial({ key });
      const { header, value } = await requests.ask({
        $case: 'txn',
        value: { compare: [], success: [{ operation: { $case: 'deleteRange', value: deletion } }], failure: [] },
      });
      return { header: { ...header, revision: value.revision } };
    }),
  ];
}

const NO_VALUE = new Uint8Array(0);
/** As etcd's sessions: the lease of who brings none. */
const SESSION_TTL_SECONDS = 60;

export async function leaseOrDefault(requests: MemberRequests, lease: string): Promise<string> {
  if (lease !== '0') return lease;
  const { value } = await requests.grantLease('0', SESSION_TTL_SECONDS);
  return value.id;
}
