import { CompactedError, type KvError } from '@orrery/kv';
import { storagev1 } from '@orrery/proto';

export type StorageResult = NonNullable<storagev1.Response['result']>;

export function errorResult(code: storagev1.Error_Code, message: string, compactRevision = 0): StorageResult {
  return { $case: 'error', value: { code, message, compactRevision } };
}

/** It is not known what became of the request, or nobody is there to take it: ask again. */
export function unavailable(message: string): StorageResult {
  return errorResult(storagev1.Error_Code.CODE_UNAVAILABLE, message);
}

export function tooLarge(): StorageResult {
  return errorResult(storagev1.Error_Code.CODE_TOO_LARGE, 'etcdserver: request is too large');
}

export function tooManyRequests(): StorageResult {
  return errorResult(storagev1.Error_Code.CODE_TOO_MANY_REQUESTS, 'etcdserver: too many requests');
}

export function notLeader(): StorageResult {
  return errorResult(storagev1.Error_Code.CODE_NOT_LEADER, 'etcdserver: not leader');
}

/** The one place where errors of the store become answers. */
export function kvErrorResult(error: KvError): StorageResult {
  return errorResult(codeOf(error), error.message, error instanceof CompactedError ? error.compactRevision : 0);
}

function codeOf(error: KvError): storagev1.Error_Code {
  const Code = storagev1.Error_Code;
  switch (error.name) {
    case 'CompactedError':
      return Code.CODE_COMPACTED;
    case 'FutureRevisionError':
      return Code.CODE_FUTURE_REVISION;
    case 'LeaseNotFoundError':
      return Code.CODE_LEASE_NOT_FOUND;
    case 'LeaseExistsError':
      return Code.CODE_LEASE_EXISTS;
    case 'LeaseTtlTooLargeError':
      return Code.CODE_LEASE_TTL_TOO_LARGE;
    case 'KeyNotFoundError':
      return Code.CODE_KEY_NOT_FOUND;
    case 'NoSpaceError':
      return Code.CODE_NO_SPACE;
    case 'CorruptError':
      return Code.CODE_CORRUPT;
    case 'InvalidCommandError':
      return Code.CODE_INVALID_ARGUMENT;
    default:
      return error satisfies never;
  }
}
