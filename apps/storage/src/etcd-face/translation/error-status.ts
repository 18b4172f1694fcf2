import { GrpcCode, GrpcError } from '@orrery/grpc';
import { storagev1 } from '@orrery/proto';

const { Error_Code: Code } = storagev1;

/** The status that etcd's clients know an error by: api/v3rpc/rpctypes. They look at the text as well, which is etcd's already. */
const GRPC_CODES: Record<storagev1.Error_Code, GrpcCode> = {
  [Code.CODE_UNSPECIFIED]: GrpcCode.unknown,
  [Code.CODE_UNAVAILABLE]: GrpcCode.unavailable,
  [Code.CODE_COMPACTED]: GrpcCode.outOfRange,
  [Code.CODE_FUTURE_REVISION]: GrpcCode.outOfRange,
  [Code.CODE_LEASE_NOT_FOUND]: GrpcCode.notFound,
  [Code.CODE_NO_SPACE]: GrpcCode.resourceExhausted,
  [Code.CODE_TOO_LARGE]: GrpcCode.invalidArgument,
  [Code.CODE_INVALID_ARGUMENT]: GrpcCode.invalidArgument,
  [Code.CODE_LEASE_EXISTS]: GrpcCode.failedPrecondition,
  [Code.CODE_LEASE_TTL_TOO_LARGE]: GrpcCode.outOfRange,
  [Code.CODE_CORRUPT]: GrpcCode.dataLoss,
  [Code.CODE_MEMBER_NOT_FOUND]: GrpcCode.notFound,
  [Code.CODE_MEMBER_EXISTS]: GrpcCode.failedPrecondition,
  [Code.CODE_FAILED_PRECONDITION]: GrpcCode.failedPrecondition,
  [Code.CODE_TOO_MANY_REQUESTS]: GrpcCode.resourceExhausted,
  [Code.CODE_KEY_NOT_FOUND]: GrpcCode.invalidArgument,
  [Code.CODE_NOT_LEADER]: GrpcCode.failedPrecondition,
};

const PREFIX = 'etcdserver: ';

export function statusOf({ code, message }: storagev1.Error): GrpcError {
  // A client must know it for a passing trouble of the server: the texts that our consensus gives are for our own log.
  if (code === Code.CODE_UNAVAILABLE && !message.startsWith(PREFIX)) {
    return new GrpcError(GrpcCode.unavailable, 'etcdserver: request timed out');
  }
  return new GrpcError(GRPC_CODES[code], message.startsWith(PREFIX) ? message : PREFIX + message);
}
