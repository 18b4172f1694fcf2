import { type Command, isKvError, KvStore } from '@orrery/kv';
import { storagev1 } from '@orrery/proto';
import type { Milliseconds } from '@orrery/runtime';
import { AnsweredRequests } from './answered-requests.ts';
import { decodeCommand, type LogCommand } from './log-command.ts';
import { errorResult, kvErrorResult, type StorageResult } from './storage-result.ts';

/** Keys below become entries of the registry log, one revision each. */
export const REGISTRY_PREFIX = '/registry/';

/** What all members hold alike: the store and the recent answers. Changed only by entries of the Raft log. */
export class StateMachine {
  readonly store = new KvStore({ ownRevision: (key) => key.startsWith(REGISTRY_PREFIX) });
  readonly #answered = new AnsweredRequests();

  /** Carries out the command of one Raft entry. `undefined` for commands that nobody waits for. */
  apply(data: Uint8Array): StorageResult | undefined {
    const command = decodeCommand(data);
    return command === undefined ? undefined : this.#carryOut(command);
  }

  #carryOut(command: LogCommand): StorageResult | undefined {
    switch (command.kind) {
      case 'request':
        return this.#answerOnce(command.request, command.time);
      case 'expire-leases':
        return this.#answer({ $case: 'expireLeases' }, command.time);
      case 'skip-revisions':
        return this.#answer({ $case: 'skipRevisions', revision: command.revision }, command.time);
      default:
        return command satisfies never;
    }
  }

  #answerOnce({ requestId, operation }: storagev1.Request, time: Milliseconds): StorageResult {
    const known = this.#answered.get(requestId);
    if (known !== undefined) return known;
    const answer = isCommand(operation)
      ? this.#answer(operation, time)
      : errorResult(storagev1.Error_Code.CODE_INVALID_ARGUMENT, 'the request changes nothing');
    this.#answered.remember(requestId, answer);
    return answer;
  }

  #answer(command: Command, time: Milliseconds): StorageResult {
    try {
      return this.store.apply(command, { time }).result;
    } catch (error) {
      if (isKvError(error)) return kvErrorResult(error);
      throw error;
    }
  }
}

function isCommand(
  operation: storagev1.Request['operation'],
): operation is Exclude<storagev1.Request['operation'], undefined | { $case: 'range' | 'status' }> {
  return operation !== undefined && operation.$case !== 'range' && operation.$case !== 'status';
}
