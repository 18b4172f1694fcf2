import { NoSpaceError } from '@orrery/kv';
import { storagev1 } from '@orrery/proto';
import {
  type ConfigurationChange,
  ConfigurationChangeError,
  ConfigurationPendingError,
  LeaderNotReadyError,
  LearnerNotInSyncError,
  NotLeaderError,
  TransfereeError,
  TransferringError,
} from '@orrery/raft';
import { LostProposalError, NoSnapshotError, TransferFailedError } from '../consensus/raft-node-errors.ts';
import { UnhealthyClusterError } from '../consensus/strict-reconfiguration.ts';
import {
  errorResult,
  kvErrorResult,
  notLeader,
  type StorageResult,
  unavailable,
} from '../state-machine/storage-result.ts';
import type { Consensus } from './consensus.ts';
import { memberOfPeerUrl, peerUrlOf } from './member-urls.ts';

const { MemberChangeRequest_Action: Action, Error_Code: Code } = storagev1;

export interface MembershipParts {
  readonly node: Consensus;
  /** What a member has told about itself; `undefined` before it has started for the first time. */
  readonly published: (member: string) => storagev1.Member | undefined;
  /** Replicates what is known of a member. */
  readonly publish: (member: storagev1.Member) => Promise<StorageResult>;
}

/** Who belongs to the cluster: read anywhere, changed at the leader. */
export class Membership {
  constructor(private readonly parts: MembershipParts) {}

  /** Voters and learners in order of name. */
  list(): storagev1.Member[] {
    const { voters, learners } = this.parts.node.configuration;
    const members = [
      ...voters.map((name) => this.#member(name, false)),
      ...learners.map((name) => this.#member(name, true)),
    ];
    return members.sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  async change(request: storagev1.MemberChangeRequest): Promise<StorageResult> {
    if (request.action === Action.ACTION_UPDATE) return this.#update(request);
    const change = configurationChange(request);
    if (change === undefined) return badUrls();
    try {
      await this.parts.node.proposeConfiguration(change);
    } catch (error) {
      return refusal(error);
    }
    return { $case: 'memberChange', value: { members: this.list() } };
  }

  async moveLeader(target: string): Promise<StorageResult> {
    try {
      await this.parts.node.transferLeadership(target);
    } catch (error) {
      return refusal(error);
    }
    return { $case: 'moveLeader', value: {} };
  }

  /** A peer URL's host is the member's name, so only the rest of it can change. */
  async #update({ member: name, peerUrls }: storagev1.MemberChangeRequest): Promise<StorageResult> {
    const member = this.list().find((known) => known.name === name);
    if (member === undefined) return memberNotFound();
    if (peerUrls.length === 0 || peerUrls.some((url) => memberOfPeerUrl(url) !== name)) return badUrls();
    const result = await this.parts.publish({ ...member, peerUrls });
    if (result.$case === 'error') return result;
    return { $case: 'memberChange', value: { members: this.list() } };
  }

  #member(name: string, isLearner: boolean): storagev1.Member {
    const known = this.parts.published(name);
    const published = known?.published ?? false;
    const peerUrls = known === undefined || known.peerUrls.length === 0 ? [peerUrlOf(name)] : known.peerUrls;
    return { name, peerUrls, clientUrls: known?.clientUrls ?? [], isLearner, published };
  }
}

function configurationChange({
  action,
  member,
  peerUrls,
}: storagev1.MemberChangeRequest): ConfigurationChange | undefined {
  switch (action) {
    case Action.ACTION_ADD:
    case Action.ACTION_ADD_LEARNER: {
      const named = member === '' ? memberOfPeerUrl(peerUrls[0] ?? '') : member;
      if (named === undefined || peerUrls.some((url) => memberOfPeerUrl(url) !== named)) return undefined;
      return { kind: action === Action.ACTION_ADD ? 'add-voter' : 'add-learner', member: named };
    }
    case Action.ACTION_PROMOTE:
      return { kind: 'promote', member };
    case Action.ACTION_REMOVE:
      return { kind: 'remove', member };
    default:
      return undefined;
  }
}

/** Where refusals of the consensus become answers, in etcd's words. Throws what is none. */
function refusal(error: unknown): StorageResult {
  if (error instanceof ConfigurationChangeError) return faultResult(error);
  if (error instanceof LearnerNotInSyncError) {
    return failed('etcdserver: can only promote a learner member which is in sync with leader');
  }
  if (error instanceof TransfereeError) return failed('etcdserver: bad leader transferee');
  if (error instanceof NotLeaderError) return notLeader();
  if (error instanceof LeaderNotReadyError || error instanceof TransferringError) {
    return unavailable('etcdserver: leader changed');
  }
  if (error instanceof ConfigurationPendingError) return unavailable('etcdserver: too many requests');
  if (error instanceof UnhealthyClusterError) return unavailable('etcdserver: unhealthy cluster');
  if (error instanceof NoSnapshotError) return kvErrorResult(new NoSpaceError());
  if (error instanceof LostProposalError || error instanceof TransferFailedError) {
    return unavailable('etcdserver: request timed out');
  }
  throw error;
}

function faultResult({ fault }: ConfigurationChangeError): StorageResult {
  switch (fault) {
    case 'already-a-member':
      return errorResult(Code.CODE_MEMBER_EXISTS, 'etcdserver: Peer URLs already exists');
    case 'not-a-member':
      return memberNotFound();
    case 'not-a-learner':
      return failed('etcdserver: can only promote a learner member');
    case 'last-voter':
    case 'not-enough-started-voters':
      return failed('etcdserver: re-configuration failed due to not enough started members');
    case 'too-many-learners':
      return failed('etcdserver: too many learner members in cluster');
    default:
      return fault satisfies never;
  }
}

function memberNotFound(): StorageResult {
  return errorResult(Code.CODE_MEMBER_NOT_FOUND, 'etcdserver: member not found');
}

function badUrls(): StorageResult {
  return errorResult(Code.CODE_INVALID_ARGUMENT, 'etcdserver: given member URLs are invalid');
}

function failed(message: string): StorageResult {
  return errorResult(Code.CODE_FAILED_PRECONDITION, message);
}
