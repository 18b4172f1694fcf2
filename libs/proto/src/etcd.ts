/** etcd's v3 API and gRPC's health service. Apart from the rest, because it brings gRPC with it. */
export * as authpb from './generated/etcd/authpb/auth.ts';
export * as etcdserverpb from './generated/etcd/etcdserverpb/rpc.ts';
export * as leasepb from './generated/etcd/leasepb/lease.ts';
export * as mvccpb from './generated/etcd/mvccpb/kv.ts';
export * as v3electionpb from './generated/etcd/v3electionpb/v3election.ts';
export * as v3lockpb from './generated/etcd/v3lockpb/v3lock.ts';
export * as healthv1 from './generated/grpc/health/v1/health.ts';
