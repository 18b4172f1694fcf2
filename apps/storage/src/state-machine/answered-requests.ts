import { storagev1 } from '@orrery/proto';
import type { StorageResult } from './storage-result.ts';

/** Answers remembered, and bytes of them; the oldest go first. */
const COUNT_MAX = 8_192;
const BYTES_MAX = 16 * 1024 * 1024;
/** What a remembered answer costs beside what it holds. */
const OVERHEAD_BYTES = 64;

/** An answer that holds keys or values is kept encoded: as it is, it would hold on to the store's slabs. */
type Remembered = { readonly result: StorageResult } | { readonly encoded: Uint8Array };

/** The answers of the last requests, so that a repeated request is answered and not applied again. Part of the replicated state. */
export class AnsweredRequests {
  readonly #answers = new Map<string, Remembered>();
  #bytes = 0;

  constructor(
    private readonly countMax = COUNT_MAX,
    private readonly bytesMax = BYTES_MAX,
  ) {}

  get(requestId: string): StorageResult | undefined {
    const answer = this.#answers.get(requestId);
    return answer === undefined ? undefined : resultOf(answer);
  }

  /** A request without an id is not remembered. */
  remember(requestId: string, result: StorageResult): void {
    if (requestId === '') return;
    const answer = holdsKeys(result)
      ? { encoded: storagev1.Response.encode({ header: undefined, result }).finish() }
      : { result };
    this.#answers.set(requestId, answer);
    this.#bytes += cost(requestId, answer);
    for (const [id, oldest] of this.#answers) {
      if (this.#answers.size <= this.countMax && this.#bytes <= this.bytesMax) break;
      this.#answers.delete(id);
      this.#bytes -= cost(id, oldest);
    }
  }

  /** Oldest first. */
  *all(): Generator<storagev1.AnsweredRequest> {
    for (const [requestId, answer] of this.#answers) {
      yield { requestId, response: { header: undefined, result: resultOf(answer) } };
    }
  }
}

function resultOf(answer: Remembered): StorageResult {
  if ('result' in answer) return answer.result;
  return storagev1.Response.decode(answer.encoded).result as StorageResult;
}

function cost(requestId: string, answer: Remembered): number {
  return OVERHEAD_BYTES + requestId.length + ('encoded' in answer ? answer.encoded.length : 0);
}

function holdsKeys(result: StorageResult): boolean {
  return result.$case === 'txn' && result.value.results.some(({ result: one }) => !isPlain(one));
}

function isPlain(result: storagev1.OperationResult['result']): boolean {
  if (result?.$case === 'put') return result.value.previous === undefined;
  if (result?.$case === 'deleteRange') return result.value.deleted.length === 0;
  return result?.$case === 'range' && result.value.kvs.length === 0;
}
