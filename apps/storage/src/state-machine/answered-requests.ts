import type { StorageResult } from './storage-result.ts';

/** The answers of the last requests, so that a repeated request is answered and not applied again. Part of the replicated state. */
export class AnsweredRequests {
  readonly #answers = new Map<string, StorageResult>();

  /** `countMax`: answers remembered; the oldest go first. */
  constructor(private readonly countMax = 8_192) {}

  get(requestId: string): StorageResult | undefined {
    return this.#answers.get(requestId);
  }

  /** A request without an id is not remembered. */
  remember(requestId: string, answer: StorageResult): void {
    if (requestId === '') return;
    this.#answers.set(requestId, answer);
    if (this.#answers.size <= this.countMax) return;
    const oldest = this.#answers.keys().next();
    if (!oldest.done) this.#answers.delete(oldest.value);
  }
}
