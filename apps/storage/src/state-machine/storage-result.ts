import { CompactedError, FutureRevisionError, type KvError, LeaseNotFoundError } from '@orrery/kv';
import { storagev1 } from '@orrery/proto';

export type StorageResult = NonNullable<storagev1.Response['result']>;

export function errorResult(code: storagev1.Error_Code, message: string, compactRevision = 0): StorageResult {
  return { $case: 'error', value: { code, message, compactRevision } };
}

export function unavailable(message: string): StorageResult {
  return errorResult(storagev1.Error_Code.CODE_UNAVAILABLE, message);
}

/** The one place where errors of the store become answers. */
export function kvErrorResult(error: KvError): StorageResult {
  const Code = storagev1.Error_Code;
  if (error instanceof CompactedError) return errorResult(Code.CODE_COMPACTED, error.message, error.compactRevision);
  if (error instanceof FutureRevisionError) return errorResult(Code.CODE_FUTURE_REVISION, error.message);
  if (error instanceof LeaseNotFoundError) return errorResult(Code.CODE_LEASE_NOT_FOUND, error.message);
  return errorResult(Code.CODE_INVALID_ARGUMENT, error.message);
}
