import { GrpcCode, GrpcError, type GrpcHandler } from '@orrery/grpc';
import { etcdserverpb } from '@orrery/proto/etcd';

/** What a learner answers, as etcd's does: what tells about itself, and reads that may be old. */
const ALWAYS = ['/etcdserverpb.Maintenance/Status', '/etcdserverpb.Maintenance/Snapshot', '/grpc.health.v1.Health/'];
const RANGE = '/etcdserverpb.KV/Range';

/** The handler, but for learners: what is behind by nature must not answer as if it were not. Clients go to another member. */
export function forLearners(path: string, handler: GrpcHandler, isLearner: () => boolean): GrpcHandler {
  if (ALWAYS.some((prefix) => path.startsWith(prefix))) return handler;
  if (handler.kind === 'stream') {
    return {
      kind: 'stream',
      handle: async (stream) => {
        if (isLearner()) throw refusal();
        await handler.handle(stream);
      },
    };
  }
  return {
    kind: 'unary',
    handle: (request, call) => {
      if (isLearner() && !(path === RANGE && isSerializable(request))) return Promise.reject(refusal());
      return handler.handle(request, call);
    },
  };
}

function isSerializable(request: Uint8Array): boolean {
  try {
    return etcdserverpb.RangeRequest.decode(request).serializable;
  } catch {
    // Refused where it is decoded again.
    return true;
  }
}

function refusal(): GrpcError {
  return new GrpcError(GrpcCode.unavailable, 'etcdserver: rpc not supported for learner');
}
