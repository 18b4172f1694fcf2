export * as apiv1 from './generated/orrery/api/v1/api.ts';
export * as raftv1 from './generated/orrery/raft/v1/raft.ts';
export * as registryv1 from './generated/orrery/registry/v1/event.ts';
export * as statusv1 from './generated/orrery/status/v1/status.ts';
export * as storagev1 from './generated/orrery/storage/v1/storage.ts';
