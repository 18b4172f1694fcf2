import { etcdserverpb } from '@orrery/proto/etcd';
import { type Clock, invariant, type Logger, type Milliseconds, type Timers } from '@orrery/runtime';
import { StorageCertificateError, StorageUnavailableError } from '../storage-errors.ts';
import { EtcdCallError, type EtcdClient, type UnaryMethod } from './etcd-client.driver.ts';
import { failureOf, isAboutCertificates } from './etcd-failure.ts';

/** How long one attempt may take, how long all together, and the pauses in between. */
export const attemptTimeoutMs = 3_000;
export const patienceMs = 15_000;
/** How long an etcd that does not answer is waited for at the start. Whoever runs the API server then decides whether to try again. */
const startPatienceMs = 30_000;
const pauseMinMs = 20;
const pauseMaxMs = 500;

/** How one attempt went, where it was not refused. */
export type Attempt<Answer> =
  | { readonly kind: 'answered'; readonly answer: Answer }
  /** Worth another attempt. `maybeApplied`: what was asked for may have happened, or may still. */
  | { readonly kind: 'passing'; readonly maybeApplied: boolean; readonly reason: string };

interface Answered {
  readonly header: etcdserverpb.ResponseHeader | undefined;
}

/** Requests to etcd with patience: whoever fails, the next member is asked, until it is answered or patience ends. */
export class EtcdConnection {
  private newest = 0;
  /** Called with each new `newestRevision`. */
  onRevision: ((revision: number) => void) | undefined;

  constructor(
    readonly client: EtcdClient,
    private readonly host: { readonly clock: Clock; readonly timers: Timers },
  ) {}

  /** The newest revision that an answer has shown. */
  get newestRevision(): number {
    return this.newest;
  }

  /** One attempt. Throws the classes of `storage-errors.ts` where the answer is final. `revision`: that the request asks for, if any. */
  async attempt<Request, Answer extends Answered>(
    method: UnaryMethod<Request, Answer>,
    request: Request,
    revision = 0,
  ): Promise<Attempt<Answer>> {
    const { endpoint } = this.client;
    try {
      const answer = await this.client.call(method, request, attemptTimeoutMs);
      this.noteRevision(revisionOf(answer));
      return { kind: 'answered', answer };
    } catch (error) {
      if (!(error instanceof EtcdCallError)) throw error;
      const failure = failureOf(error, revision);
      if (failure.kind === 'refused') throw failure.error;
      this.client.moveOn(endpoint);
      return { kind: 'passing', maybeApplied: failure.maybeApplied, reason: error.message };
    }
  }

  /** For requests that may be carried out more than once without harm. */
  async call<Request, Answer extends Answered>(
    method: UnaryMethod<Request, Answer>,
    request: Request,
    revision = 0,
  ): Promise<Answer> {
    const patience = this.patience();
    for (;;) {
      const attempt = await this.attempt(method, request, revision);
      if (attempt.kind === 'answered') return attempt.answer;
      await patience.pause(attempt.reason);
    }
  }

  /** Resolves when etcd answers; says once in the log that it is waited for. Throws `StorageUnavailableError` and `StorageCertificateError`. */
  async mustAnswer(logger: Logger): Promise<void> {
    const patience = this.patience(startPatienceMs);
    const request = etcdserverpb.RangeRequest.fromPartial({ key: Buffer.from('health'), keysOnly: true, limit: 1 });
    let isSaid = false;
    for (;;) {
      const attempt = await this.attempt(etcdserverpb.KVService.range, request);
      if (attempt.kind === 'answered') return;
      if (!isSaid) logger.warn('waiting for etcd', { reason: attempt.reason });
      isSaid = true;
      await patience.pause(attempt.reason);
    }
  }

  private noteRevision(revision: number): void {
    if (revision <= this.newest) return;
    this.newest = revision;
    this.onRevision?.(revision);
  }

  patience(durationMs = patienceMs): Patience {
    return new Patience(this.host.clock.monotonic() + durationMs, this.client.endpointCount, this.host);
  }
}

/** The pauses between attempts, and their end. */
export class Patience {
  private pauseMs = pauseMinMs;
  private certificateFailures = 0;

  constructor(
    private readonly endsAt: Milliseconds,
    private readonly endpointCount: number,
    private readonly host: { readonly clock: Clock; readonly timers: Timers },
  ) {}

  /** Throws `StorageUnavailableError` when there was enough of it; `StorageCertificateError` when no member can be talked to for its certificates or ours. */
  async pause(reason: string): Promise<void> {
    this.certificateFailures = isAboutCertificates(reason) ? this.certificateFailures + 1 : 0;
    if (this.certificateFailures >= this.endpointCount) throw new StorageCertificateError(reason);
    if (this.host.clock.monotonic() >= this.endsAt) throw new StorageUnavailableError(reason);
    await this.host.timers.sleep(this.pauseMs);
    this.pauseMs = Math.min(this.pauseMs * 2, pauseMaxMs);
  }
}

/** The store's revision when it made the answer. */
export function revisionOf({ header }: Answered): number {
  invariant(header !== undefined, 'etcd answered without a header');
  return header.revision;
}
