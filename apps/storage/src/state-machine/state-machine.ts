import { type Command, CorruptError, costOf, isKvError, KvStore, LeaseNotFoundError, NoSpaceError } from '@orrery/kv';
import { raftv1, storagev1 } from '@orrery/proto';
import { REGISTRY_PREFIX } from '@orrery/registry-log';
import type { Milliseconds } from '@orrery/runtime';
import { Alarms } from './alarms.ts';
import { AnsweredRequests } from './answered-requests.ts';
import { decodeCommand, type LogCommand } from './log-command.ts';
import { PublishedMembers } from './published-members.ts';
import { framesAround, SnapshotChunks, SnapshotReader } from './state-snapshot.ts';
import { errorResult, kvErrorResult, type StorageResult } from './storage-result.ts';
import { Version1Leases } from './version-1-leases.ts';

/** Shorter leases are made this long: a change of leaders takes about a second and a half, and etcd reckons the same way. */
const LEASE_TTL_MIN_SECONDS = 2;

const { AlarmType, AlarmRequest_Action: AlarmAction, Error_Code: Code } = storagev1;

/** What all members hold alike: the store, alarms, what members published, recent answers. Changed only by entries of the Raft log and by snapshots. */
export class StateMachine {
  readonly store = new KvStore({
    // Each becomes one entry of the registry log, whose position is the revision.
    ownRevision: (key) => key.startsWith(REGISTRY_PREFIX),
    leaseTtlMinSeconds: LEASE_TTL_MIN_SECONDS,
  });
  readonly alarms = new Alarms();
  readonly members = new PublishedMembers();
  #answered = new AnsweredRequests();
  readonly #version1Leases = new Version1Leases();

  /** Carries out one committed entry of the Raft log. `undefined` for those whose result nobody waits for. */
  applyEntry({ type, data }: Pick<raftv1.Entry, 'type' | 'data'>): StorageResult | undefined {
    if (type !== raftv1.Entry_Type.TYPE_CONFIGURATION) return this.apply(data);
    const { voters, learners } = raftv1.Configuration.decode(data);
    this.members.keepOnly(new Set([...voters, ...learners]));
    return undefined;
  }

  /** Carries out the command of one entry. `undefined` for the empty one that begins a term. */
  apply(data: Uint8Array): StorageResult | undefined {
    const command = decodeCommand(data);
    return command === undefined ? undefined : this.#carryOut(command);
  }

  /**
   * The state at the moment of the call in chunks of at most `CHUNK_BYTES_MAX`, made while they are asked for, though entries are applied meanwhile.
   * The same entries give the same bytes. Whoever stops early has to call `return`, as `for … of` does.
   */
  snapshot(): IterableIterator<Uint8Array> {
    const around = framesAround({
      alarms: this.alarms.all(),
      members: this.members.all(),
      answered: this.#answered.all(),
    });
    return new SnapshotChunks(around, this.store.snapshot());
  }

  /** Becomes what the snapshot holds. Throws `SnapshotFormatError`, and then is what it was. */
  async restore(chunks: Iterable<Uint8Array> | AsyncIterable<Uint8Array>): Promise<void> {
    const restoration = this.store.restoration();
    const reader = new SnapshotReader(restoration);
    for await (const chunk of chunks) reader.add(chunk);
    reader.finish();
    this.store.restore(restoration);
    this.alarms.clear();
    for (const alarm of reader.alarms) this.alarms.raise(alarm);
    this.members.clear();
    for (const member of reader.members) this.members.publish(member);
    this.#answered = new AnsweredRequests();
    for (const { requestId, response } of reader.answered) {
      if (response?.result !== undefined) this.#answered.remember(requestId, response.result);
    }
    this.#version1Leases.clear();
  }

  #carryOut(command: LogCommand): StorageResult | undefined {
    switch (command.kind) {
      case 'request':
        return this.#answerOnce(command.request, command.time);
      case 'expire-leases':
        return this.#command(
          { $case: 'revokeLeases', ids: this.#version1Leases.takeExpired(command.time) },
          command.time,
        );
      case 'skip-revisions':
        return this.#command({ $case: 'skipRevisions', revision: command.revision }, command.time);
      default:
        return command satisfies never;
    }
  }

  #answerOnce({ requestId, operation }: storagev1.Request, time: Milliseconds): StorageResult {
    const known = this.#answered.get(requestId);
    if (known !== undefined) return known;
    const answer = this.#answer(operation, time);
    this.#answered.remember(requestId, answer);
    return answer;
  }

  #answer(operation: storagev1.Request['operation'], time: Milliseconds): StorageResult {
    switch (operation?.$case) {
      case 'txn':
      case 'compact':
        return this.#guarded(operation, time);
      case 'leaseGrant':
        return this.#grant(operation.value, time);
      case 'leaseRevoke':
        this.#version1Leases.revoked(operation.value.id);
        return this.#guarded(operation, time);
      case 'leaseKeepAlive':
        return this.#keepAlive(operation.value.id, time);
      case 'alarm':
        return this.#alarm(operation.value);
      case 'publishMember':
        if (operation.value.member !== undefined) this.members.publish({ ...operation.value.member, published: true });
        return { $case: 'publishMember', value: {} };
      default:
        return errorResult(Code.CODE_INVALID_ARGUMENT, 'etcdserver: the request changes nothing');
    }
  }

  #grant(value: storagev1.LeaseGrantRequest, time: Milliseconds): StorageResult {
    const result = this.#guarded({ $case: 'leaseGrant', value }, time);
    if (result.$case === 'leaseGrant') this.#version1Leases.granted(result.value.id, value.ttlSeconds, time);
    return result;
  }

  /** Only logs of the first format hold these. */
  #keepAlive(id: string, time: Milliseconds): StorageResult {
    const ttlSeconds = this.#version1Leases.keptAlive(id, time);
    if (ttlSeconds !== undefined) return { $case: 'leaseKeepAlive', value: { ttlSeconds } };
    return kvErrorResult(new LeaseNotFoundError(id));
  }

  #alarm({ action, member, type }: storagev1.AlarmRequest): StorageResult {
    switch (action) {
      case AlarmAction.ACTION_GET:
        return alarms(this.alarms.matching({ member, type }));
      case AlarmAction.ACTION_ACTIVATE:
        this.alarms.raise({ member, type });
        return alarms([{ member, type }]);
      case AlarmAction.ACTION_DEACTIVATE:
        return alarms(this.alarms.disarm({ member, type }));
      default:
        return action satisfies never;
    }
  }

  /** Alarms hold for what stands in the log behind them, at all members alike. */
  #guarded(command: Extract<Command, storagev1.Request['operation']>, time: Milliseconds): StorageResult {
    if (this.alarms.has(AlarmType.ALARM_TYPE_CORRUPT)) return kvErrorResult(new CorruptError());
    if (this.alarms.has(AlarmType.ALARM_TYPE_NO_SPACE) && costOf(command) > 0) return kvErrorResult(new NoSpaceError());
    return this.#command(command, time);
  }

  #command(command: Command, time: Milliseconds): StorageResult {
    try {
      return this.store.apply(command, { time }).result;
    } catch (error) {
      if (isKvError(error)) return kvErrorResult(error);
      throw error;
    }
  }
}

function alarms(found: readonly storagev1.Alarm[]): StorageResult {
  return { $case: 'alarm', value: { alarms: [...found] } };
}
