import {
  FutureRevisionError,
  LeaseNotFoundError,
  RevisionCompactedError,
  StorageFullError,
  StorageRequestError,
  ValueTooLargeError,
} from '../storage-errors.ts';

/** gRPC's status codes that etcd and the connection to it answer with. */
export const GrpcCode = {
  cancelled: 1,
  unknown: 2,
  invalidArgument: 3,
  deadlineExceeded: 4,
  notFound: 5,
  resourceExhausted: 8,
  aborted: 10,
  outOfRange: 11,
  internal: 13,
  unavailable: 14,
} as const;

/** A call that did not end well, as gRPC tells it. */
export interface FailedCall {
  readonly code: number;
  readonly details: string;
}

/**
 * What a failure means. `passing`: it is worth asking again, perhaps somebody else; `maybeApplied` is whether a change that was asked for may have
 * happened, or may still. `refused`: the answer is final, and nothing has changed.
 */
export type Failure =
  | { readonly kind: 'passing'; readonly maybeApplied: boolean; readonly reason: string }
  | { readonly kind: 'refused'; readonly error: Error };

/** Words of etcd's `rpctypes` for requests that it turned away before they came into its log. */
const turnedAway = ['etcdserver: no leader', 'etcdserver: too many requests', 'raft proposal dropped'];
/** Words of the client for requests that never left. */
const neverSent = ['No connection established', 'Name resolution failed'];

/** `revision`: that the request asked for, since etcd does not say up to where states are gone. */
export function failureOf({ code, details }: FailedCall, revision = 0): Failure {
  switch (code) {
    case GrpcCode.outOfRange:
      if (details.includes('compacted')) return refused(new RevisionCompactedError(revision));
      return refused(new FutureRevisionError(details));
    case GrpcCode.notFound:
      return refused(details.includes('lease') ? new LeaseNotFoundError(details) : new StorageRequestError(details));
    case GrpcCode.resourceExhausted:
      if (details.includes('space exceeded')) return refused(new StorageFullError(details));
      if (details.includes('too many requests')) return passing(details);
      return refused(new ValueTooLargeError(details));
    case GrpcCode.invalidArgument:
      if (details.includes('request is too large')) return refused(new ValueTooLargeError(details));
      return refused(new StorageRequestError(details));
    case GrpcCode.unavailable:
    case GrpcCode.deadlineExceeded:
    case GrpcCode.cancelled:
    case GrpcCode.aborted:
    case GrpcCode.internal:
      return passing(details);
    case GrpcCode.unknown:
      // A proposal that Raft drops has no code of its own.
      if (details.includes('proposal dropped') || details.includes('context')) return passing(details);
      return refused(new StorageRequestError(details));
    default:
      return refused(new StorageRequestError(`etcd refused the request (gRPC code ${code}): ${details}`));
  }
}

/** Do the two sides not accept each other's certificates? That does not pass by itself. */
export function isAboutCertificates(reason: string): boolean {
  return /certificate|altnames|EPROTO|SSL routines|secure TLS connection/i.test(reason);
}

function passing(details: string): Failure {
  const surelyNot = [...turnedAway, ...neverSent].some((words) => details.includes(words));
  return { kind: 'passing', maybeApplied: !surelyNot, reason: details };
}

function refused(error: Error): Failure {
  return { kind: 'refused', error };
}
