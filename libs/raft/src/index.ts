export { Raft, type Role } from './raft.ts';
export type { LogPoint, RaftLog } from './raft-log.ts';
export type { RaftOptions } from './raft-options.ts';
export { type DurableWrite, NotLeaderError, type ReadState, type Ready } from './ready.ts';
