import {
  type Bus,
  NoResponderError,
  PayloadTooLargeError,
  RemoteError,
  RequestTimeoutError,
  type Subjects,
} from '@orrery/bus';
import { storagev1 } from '@orrery/proto';
import type { Host } from '@orrery/runtime';
import {
  FutureRevisionError,
  LeaseNotFoundError,
  RevisionCompactedError,
  StorageFullError,
  StorageRequestError,
  StorageUnavailableError,
  ValueTooLargeError,
} from './storage-errors.ts';

type Operation = NonNullable<storagev1.Request['operation']>;
type Result = NonNullable<storagev1.Response['result']>;

interface Answer<Case extends Result['$case']> {
  readonly header: storagev1.ResponseHeader;
  readonly value: Extract<Result, { $case: Case }>['value'];
}

/** How long one attempt may take, how long all together, and the pauses in between. */
const attemptTimeoutMs = 3_000;
const patienceMs = 15_000;
const pauseMinMs = 20;
const pauseMaxMs = 500;

/**
 * Requests to storage with patience: a request is repeated with the same id until it is answered, so that a write is carried out at
 * most once while leaders change.
 */
export class StorageConnection {
  constructor(
    private readonly bus: Bus,
    private readonly subjects: Subjects,
    private readonly host: Host,
  ) {}

  async call<Case extends Result['$case']>(operation: Operation, expected: Case): Promise<Answer<Case>> {
    const request = storagev1.Request.encode({ requestId: this.host.ids.uuid(), operation }).finish();
    const giveUpAt = this.host.clock.monotonic() + patienceMs;
    for (let pauseMs = pauseMinMs; ; pauseMs = Math.min(pauseMs * 2, pauseMaxMs)) {
      const response = await this.attempt(request);
      const result = response?.result;
      if (response !== undefined && result !== undefined && !isUnavailable(result)) {
        if (result.$case === 'error') throw errorOf(result.value);
        if (result.$case !== expected || response.header === undefined) {
          throw new StorageRequestError(`storage answered ${result.$case}, not ${expected}`);
        }
        return { header: response.header, value: result.value as Answer<Case>['value'] };
      }
      if (this.host.clock.monotonic() >= giveUpAt) throw new StorageUnavailableError('storage does not answer');
      await this.host.timers.sleep(pauseMs);
    }
  }

  /** `undefined` where it is worth asking again. */
  private async attempt(request: Uint8Array): Promise<storagev1.Response | undefined> {
    try {
      const answer = await this.bus.request(this.subjects.kv(), request, { timeoutMs: attemptTimeoutMs });
      return storagev1.Response.decode(answer);
    } catch (error) {
      if (error instanceof PayloadTooLargeError)
        throw new ValueTooLargeError('too large for the bus', { cause: error });
      const passing =
        error instanceof RequestTimeoutError || error instanceof NoResponderError || error instanceof RemoteError;
      if (!passing) throw error;
      return undefined;
    }
  }
}

function isUnavailable(result: Result): boolean {
  return result.$case === 'error' && result.value.code === storagev1.Error_Code.CODE_UNAVAILABLE;
}

function errorOf(error: storagev1.Error): Error {
  switch (error.code) {
    case storagev1.Error_Code.CODE_COMPACTED:
      return new RevisionCompactedError(error.compactRevision);
    case storagev1.Error_Code.CODE_FUTURE_REVISION:
      return new FutureRevisionError(error.message);
    case storagev1.Error_Code.CODE_LEASE_NOT_FOUND:
      return new LeaseNotFoundError(error.message);
    case storagev1.Error_Code.CODE_NO_SPACE:
      return new StorageFullError(error.message);
    case storagev1.Error_Code.CODE_TOO_LARGE:
      return new ValueTooLargeError(error.message);
    default:
      return new StorageRequestError(error.message);
  }
}
