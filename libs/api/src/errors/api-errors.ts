import type { Status, StatusCause } from '../generated/kinds.ts';
import { ApiError } from './api-error.ts';
import { causeReason, type FieldError, fieldErrorBody, fieldErrorsText } from './field-error.ts';

/** The resource that an error speaks of. */
export interface ErrorResource {
  readonly group: string;
  readonly resource: string;
}

/** The kind that an error speaks of. */
export interface ErrorKind {
  readonly group: string;
  readonly kind: string;
}

type Details = NonNullable<Status['details']>;

/** What an error tells about where it happened; empty fields are left out, as upstream does. */
interface Failure {
  readonly code: number;
  readonly reason: string;
  readonly message: string;
  readonly details?: Details;
}

export function notFound(resource: ErrorResource, name: string): ApiError {
  return failure({
    code: 404,
    reason: 'NotFound',
    message: `${qualified(resource)} ${quote(name)} not found`,
    details: about(resource, name),
  });
}

/** No resource is served at the path. */
export function unknownResource(): ApiError {
  return failure({
    code: 404,
    reason: 'NotFound',
    message: 'the server could not find the requested resource',
    details: {},
  });
}

export function alreadyExists(resource: ErrorResource, name: string): ApiError {
  return failure({
    code: 409,
    reason: 'AlreadyExists',
    message: `${qualified(resource)} ${quote(name)} already exists`,
    details: about(resource, name),
  });
}

/** The detail of a failed optimistic write. */
export const modifiedMeanwhile =
  'the object has been modified; please apply your changes to the latest version and try again';

export function conflict(resource: ErrorResource, name: string, detail: string = modifiedMeanwhile): ApiError {
  return failure({
    code: 409,
    reason: 'Conflict',
    message: `Operation cannot be fulfilled on ${qualified(resource)} ${quote(name)}: ${detail}`,
    details: about(resource, name),
  });
}

/** A server-side apply would take fields from other managers: one cause for each field. */
export function applyConflict(causes: readonly StatusCause[], message: string): ApiError {
  return failure({ code: 409, reason: 'Conflict', message, details: { causes: [...causes] } });
}

/** Upstream's answer to a well-formed request that cannot be carried out; why is not said. */
export function rejectedRequest(): ApiError {
  const message = 'the server rejected our request due to an error in our request';
  return failure({ code: 422, reason: 'Invalid', message, details: {} });
}

/** A failure that upstream has no reason for. */
export function unknownFailure(message: string): ApiError {
  return failure({ code: 500, reason: '', message });
}

/** Validation failed. One finding alone is `invalidValue` and its siblings. */
export function invalid(kind: ErrorKind, name: string, errors: readonly FieldError[]): ApiError {
  const head = `${qualifiedKind(kind)} ${quote(name)} is invalid`;
  const causes = errors.map((error) => ({
    reason: causeReason(error),
    message: fieldErrorBody(error),
    field: error.field,
  }));
  return failure({
    code: 422,
    reason: 'Invalid',
    message: errors.length === 0 ? head : `${head}: ${fieldErrorsText(errors)}`,
    details: details(name, kind.group, kind.kind, causes),
  });
}

export function badRequest(message: string): ApiError {
  return failure({ code: 400, reason: 'BadRequest', message });
}

/** The body cannot be decoded as the kind that the path takes. */
export function cannotBeHandled(got: { version: string; kind: string }, asKind: string, cause: string): ApiError {
  return badRequest(`${got.kind} in version ${quote(got.version)} cannot be handled as a ${asKind}: ${cause}`);
}

/** Strict decoding failed: each of `findings` like `unknown field "spec.foo"`. */
export function strictDecoding(got: { version: string; kind: string }, findings: readonly string[]): ApiError {
  return cannotBeHandled(got, got.kind, `strict decoding error: ${findings.join(', ')}`);
}

/** `resource.resource` may be empty for a path that is no resource; `name` for a request about a collection. */
export function forbidden(resource: ErrorResource, name: string, detail: string): ApiError {
  const subject = qualified(resource);
  const who = name === '' ? `${subject} is forbidden` : `${subject} ${quote(name)} is forbidden`;
  return failure({
    code: 403,
    reason: 'Forbidden',
    message: subject === '' ? `forbidden: ${detail}` : `${who}: ${detail}`,
    details: about(resource, name),
  });
}

export function unauthorized(message = 'Unauthorized'): ApiError {
  return failure({ code: 401, reason: 'Unauthorized', message });
}

export function methodNotAllowed(resource: ErrorResource, verb: string): ApiError {
  return failure({
    code: 405,
    reason: 'MethodNotAllowed',
    message: `${verb} is not supported on resources of kind ${quote(qualified(resource))}`,
    details: about(resource, ''),
  });
}

/** The asked revision is not kept any more. */
export function expired(message: string): ApiError {
  return failure({ code: 410, reason: 'Expired', message });
}

export function gone(message: string): ApiError {
  return failure({ code: 410, reason: 'Gone', message });
}

export function internal(cause: unknown): ApiError {
  const message = cause instanceof Error ? cause.message : String(cause);
  return failure(
    {
      code: 500,
      reason: 'InternalError',
      message: `Internal error occurred: ${message}`,
      details: { causes: [{ message }] },
    },
    cause,
  );
}

export function tooLarge(message: string): ApiError {
  return failure({
    code: 413,
    reason: 'RequestEntityTooLarge',
    message: `Request entity is too large: ${message}`,
  });
}

export function unsupportedMediaType(accepted: readonly string[]): ApiError {
  return failure({
    code: 415,
    reason: 'UnsupportedMediaType',
    message: `the body of the request was in an unknown format - accepted media types include: ${accepted.join(', ')}`,
  });
}

export function notAcceptable(accepted: readonly string[]): ApiError {
  return failure({
    code: 406,
    reason: 'NotAcceptable',
    message: `only the following media types are accepted: ${accepted.join(', ')}`,
  });
}

export function serviceUnavailable(message: string): ApiError {
  return failure({ code: 503, reason: 'ServiceUnavailable', message });
}

export function timeout(message: string, retryAfterSeconds = 0): ApiError {
  return failure({
    code: 504,
    reason: 'Timeout',
    message: `Timeout: ${message}`,
    details: retryAfterSeconds > 0 ? { retryAfterSeconds } : {},
  });
}

/** The server could not finish `operation` now; the client may repeat it. */
export function serverTimeout(resource: ErrorResource, operation: string, retryAfterSeconds: number): ApiError {
  return failure({
    code: 500,
    reason: 'ServerTimeout',
    message: `The ${operation} operation against ${qualified(resource)} could not be completed at this time, please try again.`,
    details: { ...about(resource, ''), retryAfterSeconds },
  });
}

/** Upstream's storage refuses it, and nobody turns that into a better answer: code 500 without a reason. */
export function resourceVersionOnCreate(): ApiError {
  return failure({ code: 500, reason: '', message: 'resourceVersion should not be set on objects to be created' });
}

/** 0 seconds: it is not known when to try again. */
export function tooManyRequests(
  message: string,
  retryAfterSeconds: number,
  causes: readonly StatusCause[] = [],
): ApiError {
  const details = {
    ...(causes.length > 0 && { causes: [...causes] }),
    ...(retryAfterSeconds > 0 && { retryAfterSeconds }),
  };
  return failure({ code: 429, reason: 'TooManyRequests', message, details });
}

/** The error that a client got from a server. */
export function fromStatus(status: Status): ApiError {
  return new ApiError(status);
}

/** Any thrown value as an error of the API: what is none becomes an internal error. */
export function toApiError(error: unknown): ApiError {
  return error instanceof ApiError ? error : internal(error);
}

function failure({ code, reason, message, details: where }: Failure, cause?: unknown): ApiError {
  const status: Status = {
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Failure',
    message,
    ...(reason !== '' && { reason }),
    ...(where && { details: where }),
    code,
  };
  return new ApiError(status, cause === undefined ? undefined : { cause });
}

function about(resource: ErrorResource, name: string): Details {
  return details(name, resource.group, resource.resource, []);
}

function details(name: string, group: string, kind: string, causes: StatusCause[]): Details {
  return {
    ...(name !== '' && { name }),
    ...(group !== '' && { group }),
    ...(kind !== '' && { kind }),
    ...(causes.length > 0 && { causes }),
  };
}

function qualified({ group, resource }: ErrorResource): string {
  return group === '' ? resource : `${resource}.${group}`;
}

function qualifiedKind({ group, kind }: ErrorKind): string {
  return group === '' ? kind : `${kind}.${group}`;
}

function quote(text: string): string {
  return JSON.stringify(text);
}
