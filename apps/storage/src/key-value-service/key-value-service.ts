import type { Bus, Subjects, Subscription } from '@orrery/bus';
import type { RequestExecutor } from '../request-executor/request-executor.ts';
import { decodeStorageRequest } from '../state-machine/put-request.ts';
import { encodeResponse } from './encode-response.ts';

export interface KeyValueServiceParts {
  readonly member: string;
  readonly bus: Bus;
  readonly subjects: Subjects;
  readonly executor: RequestExecutor;
}

const CONCURRENCY_MAX = 8_192;

/** Answers key-value requests on the bus: any member's on the subject that all share, this member's on its own. */
export class KeyValueService {
  #subscriptions: Subscription[] = [];

  constructor(private readonly parts: KeyValueServiceParts) {}

  async start(): Promise<void> {
    const { bus, subjects, member } = this.parts;
    const concurrencyMax = CONCURRENCY_MAX;
    this.#subscriptions = [
      await bus.serve(subjects.kvMember(member), ({ data }) => this.#serve(data, false), { concurrencyMax }),
      await bus.serve(subjects.kv(), ({ data }) => this.#serve(data, true), { queue: 'kv', concurrencyMax }),
    ];
  }

  async stop(): Promise<void> {
    await Promise.all(this.#subscriptions.splice(0).map((subscription) => subscription.stop()));
  }

  /** `mayForward`: false for what another member has forwarded, so that no request goes in circles. */
  async #serve(data: Uint8Array, mayForward: boolean): Promise<Uint8Array> {
    const request = decodeStorageRequest(data);
    const response = await this.parts.executor.execute(request, { mayForward, encoded: data });
    return encodeResponse(response);
  }
}
