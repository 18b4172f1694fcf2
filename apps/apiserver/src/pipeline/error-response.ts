import { ApiError, internal, timeout, tooLarge } from '@orrery/api';
import type { ApiResponse } from '../http/api-response.ts';
import { jsonResponse } from '../http/api-response.ts';
import { StorageFullError, StorageUnavailableError, ValueTooLargeError } from '../storage/storage-errors.ts';

/** The one place where failures become answers. */
export function errorResponse(error: unknown): ApiResponse {
  const { status } = apiErrorOf(error);
  const retryAfter = status.details?.retryAfterSeconds;
  const response = jsonResponse(status, status.code ?? 500);
  const headers = retryAfter === undefined ? undefined : { 'Retry-After': String(retryAfter) };
  return headers === undefined ? response : { ...response, headers };
}

/** Is this an error that an operator should hear of? */
export function isUnexpected(error: unknown): boolean {
  return apiErrorOf(error).status.reason === 'InternalError';
}

function apiErrorOf(error: unknown): ApiError {
  if (error instanceof ApiError) return error;
  if (error instanceof StorageUnavailableError)
    return timeout('request did not complete within the allotted timeout', 1);
  if (error instanceof StorageFullError) return storageFull(error);
  if (error instanceof ValueTooLargeError) return tooLarge('storage: request is too large');
  return internal(error);
}

/** As upstream passes on what etcd refuses: etcd's words, no reason of the API's own. */
function storageFull(error: StorageFullError): ApiError {
  const { message } = error;
  return new ApiError(
    { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Failure', message, code: 500 },
    { cause: error },
  );
}
