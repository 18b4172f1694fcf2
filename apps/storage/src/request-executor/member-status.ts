import type { Quota } from '@orrery/kv';
import type { storagev1 } from '@orrery/proto';
import { ORRERY_VERSION } from '@orrery/service';
import type { Consensus } from './consensus.ts';
import type { ReplicatedState } from './replicated-state.ts';

export interface MemberStatusParts {
  readonly member: string;
  readonly node: Consensus;
  readonly state: ReplicatedState;
  readonly quota: Quota;
  readonly publishedRevision: () => number;
}

/** What a member knows about itself, without asking others. */
export function memberStatus({
  member,
  node,
  state,
  quota,
  publishedRevision,
}: MemberStatusParts): storagev1.StatusResponse {
  const { leader, term, commit, applied, configuration } = node.status();
  return {
    leader,
    raftIndex: commit,
    raftApplied: applied,
    raftTerm: term,
    compactRevision: state.compactRevision,
    publishedRevision: publishedRevision(),
    keys: state.keys,
    bytesUsed: state.bytesUsed,
    bytesAllocated: state.bytesAllocated,
    quotaBytes: quota.bytesMax,
    alarms: [...state.alarms()],
    isLearner: configuration.learners.includes(member),
    version: ORRERY_VERSION,
  };
}
