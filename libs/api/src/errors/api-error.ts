import type { Status } from '../generated/kinds.ts';

/** A failure of the API, as it is served: `status` is the body, `status.code` the HTTP code. */
export class ApiError extends Error {
  override readonly name = 'ApiError';

  constructor(
    readonly status: Status,
    options?: ErrorOptions,
  ) {
    super(status.message ?? status.reason ?? 'unknown error', options);
  }
}

/** `''` where the error is not one of the API. */
export function reasonOf(error: unknown): string {
  return error instanceof ApiError ? (error.status.reason ?? '') : '';
}

/** HTTP code of an error of the API; 500 for all other errors. */
export function codeOf(error: unknown): number {
  return error instanceof ApiError ? (error.status.code ?? 500) : 500;
}

export function isNotFound(error: unknown): boolean {
  return reasonOf(error) === 'NotFound';
}

export function isAlreadyExists(error: unknown): boolean {
  return reasonOf(error) === 'AlreadyExists';
}

export function isConflict(error: unknown): boolean {
  return reasonOf(error) === 'Conflict';
}

export function isInvalid(error: unknown): boolean {
  return reasonOf(error) === 'Invalid';
}

export function isBadRequest(error: unknown): boolean {
  return reasonOf(error) === 'BadRequest';
}

export function isForbidden(error: unknown): boolean {
  return reasonOf(error) === 'Forbidden';
}

export function isUnauthorized(error: unknown): boolean {
  return reasonOf(error) === 'Unauthorized';
}

export function isMethodNotAllowed(error: unknown): boolean {
  return reasonOf(error) === 'MethodNotAllowed';
}

/** The asked resourceVersion or continue token is too old: list again. */
export function isExpired(error: unknown): boolean {
  return reasonOf(error) === 'Expired' || reasonOf(error) === 'Gone';
}

export function isInternal(error: unknown): boolean {
  return reasonOf(error) === 'InternalError';
}

export function isServiceUnavailable(error: unknown): boolean {
  return reasonOf(error) === 'ServiceUnavailable';
}

export function isTimeout(error: unknown): boolean {
  return reasonOf(error) === 'Timeout' || reasonOf(error) === 'ServerTimeout';
}

export function isTooManyRequests(error: unknown): boolean {
  return reasonOf(error) === 'TooManyRequests' || codeOf(error) === 429;
}
