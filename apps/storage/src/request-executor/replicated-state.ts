import { keyBytes } from '@orrery/kv';
import type { storagev1 } from '@orrery/proto';
import type { Timers } from '@orrery/runtime';
import { gradualHash } from '../consistency-check/gradual-hash.ts';
import type { StateMachine } from '../state-machine/state-machine.ts';

/** What requests read of the state that all members hold alike. */
export interface ReplicatedState {
  readonly revision: number;
  readonly compactRevision: number;
  /** Keys that exist now. */
  readonly keys: number;
  /** That the kept versions need, and that are set aside for them. */
  readonly bytesUsed: number;
  readonly bytesAllocated: number;
  /** Throws `CompactedError`, `FutureRevisionError` and `InvalidCommandError`, as does the one below. */
  range(request: storagev1.RangeRequest): storagev1.RangeResponse;
  /** A transaction that changes nothing. */
  readTxn(txn: storagev1.TxnRequest): storagev1.TxnResponse;
  /** Takes its time, with pauses. Rejects as the two above throw. */
  hash(revision: number): Promise<storagev1.HashResponse>;
  leaseIds(): string[];
  lease(id: string): { readonly ttlSeconds: number; readonly keys: Uint8Array[] } | undefined;
  alarms(): readonly storagev1.Alarm[];
  /** Those that a request means: an empty member and the unspecified type stand for all. */
  alarmsMeant(by: Pick<storagev1.AlarmRequest, 'member' | 'type'>): readonly storagev1.Alarm[];
  /** What a member has told about itself; `undefined` before it has started for the first time. */
  member(name: string): storagev1.Member | undefined;
}

/** The state machine, as requests and watches see it. */
export function replicatedState(state: StateMachine, timers: Timers): ReplicatedState {
  return {
    get revision() {
      return state.store.revision;
    },
    get compactRevision() {
      return state.store.compactRevision;
    },
    get keys() {
      return state.store.keys;
    },
    get bytesAllocated() {
      return state.store.bytesAllocated;
    },
    get bytesUsed() {
      return state.store.bytesUsed;
    },
    range: (request) => state.store.range(request),
    readTxn: (txn) => state.store.readTxn(txn),
    hash: (revision) => gradualHash(state.store, revision, timers),
    leaseIds: () => state.store.leases().map(({ id }) => id),
    lease: (id) => {
      const lease = state.store.lease(id);
      if (lease === undefined) return undefined;
      return { ttlSeconds: lease.ttlSeconds, keys: [...lease.keys].sort().map(keyBytes) };
    },
    alarms: () => state.alarms.all(),
    alarmsMeant: (by) => state.alarms.matching(by),
    member: (name) => state.members.get(name),
  };
}
