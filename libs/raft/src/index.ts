export type { LogPoint, RaftLog } from './log/raft-log.ts';
export {
  type ConfigurationChange,
  changed,
  decodeConfiguration,
  encodeConfiguration,
  isLearner,
  isMember,
  isVoter,
  votersOnly,
} from './membership/configuration.ts';
export { majority } from './quorum/quorum.ts';
export { Raft } from './raft.ts';
export * from './raft-error.ts';
export { DEFAULT_LIMITS, type RaftLimits, type RaftOptions } from './raft-options.ts';
export type { FollowerStatus, RaftStatus, Role } from './raft-status.ts';
export type { DurableWrite, ReadState, Ready, SnapshotChunk, SnapshotRead } from './ready.ts';
export { decodeMessage, encodedEntry, encodeMessage, WIRE_VERSION } from './wire/wire.ts';
