import {
  type Bus,
  NoResponderError,
  RemoteError,
  RequestTimeoutError,
  type Subjects,
  type Subscription,
} from '@orrery/bus';
import { isKvError } from '@orrery/kv';
import { storagev1 } from '@orrery/proto';
import type { Raft } from '@orrery/raft';
import type { Clock, Milliseconds, Timers } from '@orrery/runtime';
import type { RaftNode } from '../consensus/raft-node.ts';
import { ReadUnavailableError } from '../consensus/waiting-reads.ts';
import { sleepOrStop } from '../lifecycle/sleep-or-stop.ts';
import { encodeRequest } from '../state-machine/log-command.ts';
import type { StateMachine } from '../state-machine/state-machine.ts';
import { errorResult, kvErrorResult, type StorageResult, unavailable } from '../state-machine/storage-result.ts';

export interface KeyValueServiceParts {
  readonly member: string;
  readonly bus: Bus;
  readonly subjects: Subjects;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly raft: Raft;
  readonly node: RaftNode;
  readonly state: StateMachine;
  readonly publishedRevision: () => number;
  /** How long a change waits for a leader to be found. */
  readonly patienceMs: Milliseconds;
}

/** Bytes of one request; an object may have 1.5 MiB, and a transaction carries it once. */
const REQUEST_BYTES_MAX = 2 * 1024 * 1024;
/** Bytes of keys and values in one answer; a longer range is cut and says `more`. */
const ANSWER_BYTES_MAX = 4 * 1024 * 1024;
const CONCURRENCY_MAX = 8_192;
const LEADER_PAUSE_MS = 20;

/**
 * Answers key-value requests. Every member answers reads from its own state, after the leader has confirmed that it is new enough; changes go to the
 * leader, through the leader's own subject.
 */
export class KeyValueService {
  #subscriptions: Subscription[] = [];
  readonly #stopping = new AbortController();

  constructor(private readonly parts: KeyValueServiceParts) {}

  async start(): Promise<void> {
    const { bus, subjects, member } = this.parts;
    const concurrencyMax = CONCURRENCY_MAX;
    this.#subscriptions = [
      await bus.serve(subjects.kvMember(member), ({ data }) => this.#serve(data, false), { concurrencyMax }),
      await bus.serve(subjects.kv(), ({ data }) => this.#serve(data, true), { queue: 'kv', concurrencyMax }),
    ];
  }

  /** Requests that wait for a leader are answered: it is not known what became of them. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await Promise.all(this.#subscriptions.splice(0).map((subscription) => subscription.stop()));
  }

  /** `mayForward`: false for what another member has forwarded, so that no request goes in circles. */
  async #serve(data: Uint8Array, mayForward: boolean): Promise<Uint8Array> {
    if (data.length > REQUEST_BYTES_MAX) {
      return this.#encode(errorResult(storagev1.Error_Code.CODE_TOO_LARGE, 'etcdserver: request is too large'));
    }
    const { requestId, operation } = storagev1.Request.decode(data);
    if (operation === undefined) {
      return this.#encode(errorResult(storagev1.Error_Code.CODE_INVALID_ARGUMENT, 'the request has no operation'));
    }
    if (operation.$case === 'status') return this.#encode(this.#status());
    if (operation.$case === 'range') return this.#encode(await this.#range(operation.value));
    return mayForward ? this.#changeAtLeader(data, requestId) : this.#encode(await this.#change(data));
  }

  async #range(request: storagev1.RangeRequest): Promise<StorageResult> {
    const { node, state } = this.parts;
    try {
      if (!request.serializable) await node.readBarrier();
      return { $case: 'range', value: withinBytes(state.store.range(request)) };
    } catch (error) {
      if (error instanceof ReadUnavailableError) return unavailable(error.message);
      if (isKvError(error)) return kvErrorResult(error);
      throw error;
    }
  }

  #change(data: Uint8Array): Promise<StorageResult> {
    return this.parts.node.propose(encodeRequest(this.parts.clock.now(), this.#keepUnpublished(data)));
  }

  /** A compaction must leave what the registry log has not got yet. */
  #keepUnpublished(data: Uint8Array): Uint8Array {
    const { requestId, operation } = storagev1.Request.decode(data);
    if (operation?.$case !== 'compact') return data;
    const revision = Math.min(operation.value.revision, Math.max(1, this.parts.publishedRevision()));
    return storagev1.Request.encode({ requestId, operation: { $case: 'compact', value: { revision } } }).finish();
  }

  /** Here or at another member, wherever the leader is, again while leaders change: the request's id makes that safe. */
  async #changeAtLeader(data: Uint8Array, requestId: string): Promise<Uint8Array> {
    const { node, clock, timers, patienceMs } = this.parts;
    const giveUpAt = clock.monotonic() + patienceMs;
    for (;;) {
      const asked = node.isLeader || node.leader !== '';
      const answer = node.isLeader ? this.#encode(await this.#change(data)) : await this.#ask(data, giveUpAt);
      if (answer !== undefined && !isUnavailable(answer)) return answer;
      const repeatable = (requestId !== '' || !asked) && !this.#stopping.signal.aborted && node.failure === undefined;
      if (!repeatable || clock.monotonic() >= giveUpAt) {
        return answer ?? this.#encode(unavailable('no leader was found in time'));
      }
      await sleepOrStop(timers, LEADER_PAUSE_MS, this.#stopping.signal);
    }
  }

  /** `undefined` where there is no leader to ask, or none that answers. */
  async #ask(data: Uint8Array, giveUpAt: Milliseconds): Promise<Uint8Array | undefined> {
    const { bus, subjects, node, clock } = this.parts;
    if (node.leader === '') return undefined;
    const timeoutMs = Math.max(1, giveUpAt - clock.monotonic());
    try {
      return await bus.request(subjects.kvMember(node.leader), data, { timeoutMs, signal: this.#stopping.signal });
    } catch (error) {
      const passing =
        error instanceof RequestTimeoutError ||
        error instanceof NoResponderError ||
        error instanceof RemoteError ||
        this.#stopping.signal.aborted;
      if (!passing) throw error;
      return undefined;
    }
  }

  #status(): StorageResult {
    const { raft, node, state, publishedRevision } = this.parts;
    return {
      $case: 'status',
      value: {
        leader: node.leader,
        raftIndex: raft.log.lastIndex,
        raftApplied: raft.log.applied,
        raftTerm: raft.term,
        compactRevision: state.store.compactRevision,
        publishedRevision: publishedRevision(),
        keys: state.store.keys,
      },
    };
  }

  #encode(result: StorageResult): Uint8Array {
    const { member, raft, state } = this.parts;
    const header = { member, term: raft.term, revision: state.store.revision };
    return storagev1.Response.encode({ header, result }).finish();
  }
}

function isUnavailable(answer: Uint8Array): boolean {
  const { result } = storagev1.Response.decode(answer);
  return result?.$case === 'error' && result.value.code === storagev1.Error_Code.CODE_UNAVAILABLE;
}

function withinBytes(response: storagev1.RangeResponse): storagev1.RangeResponse {
  let bytes = 0;
  const cut = response.kvs.findIndex((kv, at) => {
    bytes += kv.key.length + kv.value.length;
    return at > 0 && bytes > ANSWER_BYTES_MAX;
  });
  return cut < 0 ? response : { ...response, kvs: response.kvs.slice(0, cut), more: true };
}
