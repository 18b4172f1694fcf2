import { checkRequest, isKvError, mayChange, NoSpaceError, type Quota } from '@orrery/kv';
import { storagev1 } from '@orrery/proto';
import { ReadUnavailableError, TooManyReadsError } from '../consensus/raft-node-errors.ts';
import { encodeRequest } from '../state-machine/log-command.ts';
import { encodeStorageRequest } from '../state-machine/put-request.ts';
import {
  errorResult,
  kvErrorResult,
  notLeader,
  type StorageResult,
  tooLarge,
  tooManyRequests,
  unavailable,
} from '../state-machine/storage-result.ts';
import type { Consensus } from './consensus.ts';
import { isUnavailable, LeaderCall, type LeaderCallParts } from './leader-call.ts';
import { memberStatus } from './member-status.ts';
import { Membership } from './membership.ts';
import type { ReplicatedState } from './replicated-state.ts';

export interface RequestExecutorParts extends LeaderCallParts {
  readonly member: string;
  readonly node: Consensus;
  readonly state: ReplicatedState;
  readonly leases: LeaseTimes;
  readonly quota: Quota;
  /** A compaction never goes beyond it: what the registry log has not got must stay. */
  readonly publishedRevision: () => number;
}

/** Time that leases have left, by the leader's clock. */
export interface LeaseTimes {
  /** Gives the lease its whole time again. Asked only at the leader, behind a read barrier. */
  renew(id: string): Promise<StorageResult>;
  /** Seconds left; asked only at the leader. */
  remainingSeconds(id: string): number;
}

type Operation = NonNullable<storagev1.Request['operation']>;

/** Bytes of one request: a value of etcd's default maximum of 1.5 MiB with its key and room to spare. */
export const REQUEST_BYTES_MAX = 2 * 1024 * 1024;

export interface ExecuteOptions {
  /** False for what another member has forwarded, so that no request goes in circles. */
  readonly mayForward: boolean;
  /** The request as it came, where it did not come as an object. */
  readonly encoded?: Uint8Array;
}

/**
 * Carries out requests of whatever face. Every member answers reads from its own state, after the leader has confirmed that it is new enough;
 * changes, and what only the leader knows, go to the leader.
 */
export class RequestExecutor {
  readonly #stopping = new AbortController();
  readonly #leader: LeaderCall;
  readonly #membership: Membership;

  constructor(private readonly parts: RequestExecutorParts) {
    this.#leader = new LeaderCall(parts, this.#stopping.signal);
    this.#membership = new Membership({
      node: parts.node,
      published: (member) => parts.state.member(member),
      publish: (member) => this.#propose({ requestId: '', operation: { $case: 'publishMember', value: { member } } }),
    });
  }

  /** Requests that wait for a leader are answered: it is not known what became of them. */
  stop(): void {
    this.#stopping.abort();
  }

  /** Never rejects but for broken invariants: what goes wrong is an error in the answer. */
  async execute(request: storagev1.Request, options: ExecuteOptions): Promise<storagev1.Response> {
    const { operation } = request;
    if (options.encoded !== undefined && options.encoded.length > REQUEST_BYTES_MAX) {
      return this.#response(tooLarge());
    }
    if (operation === undefined) {
      return this.#response(errorResult(storagev1.Error_Code.CODE_INVALID_ARGUMENT, 'the request has no operation'));
    }
    const read = this.#asRead(operation);
    if (read !== undefined) return this.#response(await this.#read(read));
    const here = async (): Promise<storagev1.Response> =>
      this.#response(await this.#atLeader(request, operation, options));
    if (!options.mayForward) return this.parts.node.isLeader ? here() : this.#response(notLeader());
    if (this.parts.node.isLeader) {
      // The short way of most requests: nobody to look for, nothing to repeat.
      const answer = await here();
      if (!isUnavailable(answer) || request.requestId === '') return answer;
    }
    const encoded = (): Uint8Array => options.encoded ?? encodeStorageRequest(request);
    const answer = await this.#leader.answer(encoded, here, request.requestId !== '' || isHarmless(operation));
    return answer.header === undefined ? this.#response(answer.result) : answer;
  }

  // Reads.

  /** How to answer it here; `undefined` where it takes the leader. */
  #asRead(operation: Operation): Read | undefined {
    const { state } = this.parts;
    switch (operation.$case) {
      case 'status':
        return { barrier: false, answer: () => ({ $case: 'status', value: memberStatus(this.parts) }) };
      case 'range': {
        const { value } = operation;
        return { barrier: !value.serializable, answer: () => ({ $case: 'range', value: state.range(value) }) };
      }
      case 'txn':
        if (mayChange(operation.value)) return undefined;
        return { barrier: true, answer: () => ({ $case: 'txn', value: state.readTxn(operation.value) }) };
      case 'hash':
        return {
          barrier: false,
          answer: async () => ({ $case: 'hash', value: await state.hash(operation.value.revision) }),
        };
      case 'leaseLeases':
        return { barrier: true, answer: () => ({ $case: 'leaseLeases', value: { ids: state.leaseIds() } }) };
      case 'memberList':
        return {
          barrier: operation.value.linearizable,
          answer: () => ({ $case: 'memberList', value: { members: this.#membership.list() } }),
        };
      case 'alarm':
        if (operation.value.action !== storagev1.AlarmRequest_Action.ACTION_GET) return undefined;
        return {
          barrier: true,
          answer: () => ({ $case: 'alarm', value: { alarms: [...state.alarmsMeant(operation.value)] } }),
        };
      default:
        return undefined;
    }
  }

  async #read({ barrier, answer }: Read): Promise<StorageResult> {
    try {
      if (barrier) await this.parts.node.readBarrier();
      return await answer();
    } catch (error) {
      if (error instanceof ReadUnavailableError) return unavailable('etcdserver: request timed out');
      if (error instanceof TooManyReadsError) return tooManyRequests();
      if (isKvError(error)) return kvErrorResult(error);
      throw error;
    }
  }

  // At the leader.

  #atLeader(request: storagev1.Request, operation: Operation, options: ExecuteOptions): Promise<StorageResult> {
    switch (operation.$case) {
      case 'leaseKeepAlive':
        return this.#keepAlive(operation.value.id);
      case 'leaseTimeToLive':
        return this.#timeToLive(operation.value);
      case 'memberChange':
        return this.#membership.change(operation.value);
      case 'moveLeader':
        return this.#membership.moveLeader(operation.value.target);
      case 'compact':
        return this.#compact(request, operation.value.revision);
      case 'txn':
      case 'leaseGrant':
        return refused(operation) ?? this.#withinQuota(operation) ?? this.#propose(request, options.encoded);
      default:
        return this.#propose(request, options.encoded);
    }
  }

  #propose(request: storagev1.Request, encoded?: Uint8Array): Promise<StorageResult> {
    const { node, clock } = this.parts;
    return node.propose(encodeRequest(clock.now(), encoded ?? encodeStorageRequest(request)));
  }

  /** What would exceed the quota is refused, and has an alarm raised that refuses the rest until an operator has made space. */
  #withinQuota(operation: Operation): Promise<StorageResult> | undefined {
    const { quota, state, member, node } = this.parts;
    if (!quota.exceededBy(state.bytesUsed, operation)) return undefined;
    const type = storagev1.AlarmType.ALARM_TYPE_NO_SPACE;
    const raised = state.alarmsMeant({ member, type }).length > 0;
    const action = storagev1.AlarmRequest_Action.ACTION_ACTIVATE;
    const alarm: Operation = { $case: 'alarm', value: { action, member, type } };
    // The answer does not wait for it: where it is lost, the next request that is too much raises it.
    if (!raised && node.isLeader) void this.#propose({ requestId: '', operation: alarm });
    return Promise.resolve(kvErrorResult(new NoSpaceError()));
  }

  /** A deposed leader must not promise time: only behind a barrier is it sure to lead. */
  async #keepAlive(id: string): Promise<StorageResult> {
    const { node, leases } = this.parts;
    if (!node.isLeader) return unavailable('etcdserver: not leader');
    const behind = await this.#read({ barrier: true, answer: () => OF_NO_CONCERN });
    return behind.$case === 'error' ? behind : leases.renew(id);
  }

  #timeToLive({ id, keys }: storagev1.LeaseTimeToLiveRequest): Promise<StorageResult> {
    const { state, leases } = this.parts;
    const answer = (): StorageResult => {
      const lease = state.lease(id);
      if (lease === undefined) return timeToLive({ id, ttlSeconds: -1, grantedTtlSeconds: 0, keys: [] });
      const ttlSeconds = leases.remainingSeconds(id);
      return timeToLive({ id, ttlSeconds, grantedTtlSeconds: lease.ttlSeconds, keys: keys ? lease.keys : [] });
    };
    return this.#read({ barrier: true, answer });
  }

  /** A compaction must leave what the registry log has not got yet. */
  async #compact(request: storagev1.Request, asked: number): Promise<StorageResult> {
    const { state, publishedRevision } = this.parts;
    const published = Math.max(1, publishedRevision());
    const revision = asked > state.revision ? asked : Math.min(asked, published);
    // The rest goes with the next compaction; until then there is more history than asked for, which hurts nobody.
    if (revision <= state.compactRevision && asked > state.compactRevision) return { $case: 'compact', value: {} };
    return this.#propose({ ...request, operation: { $case: 'compact', value: { revision } } });
  }

  #response(result: storagev1.Response['result']): storagev1.Response {
    const { member, node, state } = this.parts;
    return { header: { member, term: node.term, revision: state.revision }, result };
  }
}

/** A request that any member answers, once it is new enough where `barrier` says so. */
interface Read {
  readonly barrier: boolean;
  readonly answer: () => StorageResult | Promise<StorageResult>;
}

const OF_NO_CONCERN: StorageResult = { $case: 'compact', value: {} };

function timeToLive(value: storagev1.LeaseTimeToLiveResponse): StorageResult {
  return { $case: 'leaseTimeToLive', value };
}

/** What can never be done does not get into the log. */
function refused(operation: Operation): Promise<StorageResult> | undefined {
  try {
    checkRequest(operation);
    return undefined;
  } catch (error) {
    if (isKvError(error)) return Promise.resolve(kvErrorResult(error));
    throw error;
  }
}

function isHarmless({ $case }: Operation): boolean {
  return $case === 'leaseKeepAlive' || $case === 'leaseTimeToLive';
}
