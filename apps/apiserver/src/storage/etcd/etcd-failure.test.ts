import { describe, expect, it } from '@jest/globals';
import {
  FutureRevisionError,
  LeaseNotFoundError,
  RevisionCompactedError,
  StorageFullError,
  StorageRequestError,
  ValueTooLargeError,
} from '../storage-errors.ts';
import { failureOf, GrpcCode, isAboutCertificates } from './etcd-failure.ts';

const { unavailable, unknown, outOfRange, resourceExhausted, invalidArgument, notFound, deadlineExceeded } = GrpcCode;

describe('failureOf', () => {
  it.each([
    [unavailable, 'etcdserver: no leader', false],
    [unavailable, 'No connection established. Last error: connect ECONNREFUSED 127.0.0.1:2379', false],
    [resourceExhausted, 'etcdserver: too many requests', false],
    [unknown, 'raft proposal dropped', false],
    [unavailable, 'etcdserver: request timed out, possibly due to previous leader failure', true],
    [unavailable, 'etcdserver: leader changed', true],
    [unavailable, 'Connection dropped', true],
    [deadlineExceeded, 'Deadline exceeded after 3.001s', true],
    [unknown, 'context canceled', true],
  ])('%i "%s" passes; may the change have happened: %s', (code, details, maybeApplied) => {
    expect(failureOf({ code, details })).toEqual({ kind: 'passing', maybeApplied, reason: details });
  });

  it.each([
    [outOfRange, 'etcdserver: mvcc: required revision has been compacted', RevisionCompactedError],
    [outOfRange, 'etcdserver: mvcc: required revision is a future revision', FutureRevisionError],
    [resourceExhausted, 'etcdserver: mvcc: database space exceeded', StorageFullError],
    [resourceExhausted, 'Received message larger than max (70000000 vs 67108864)', ValueTooLargeError],
    [resourceExhausted, 'grpc: received message larger than max (3145757 vs. 2097152)', ValueTooLargeError],
    [invalidArgument, 'etcdserver: request is too large', ValueTooLargeError],
    [invalidArgument, 'etcdserver: key is not provided', StorageRequestError],
    [notFound, 'etcdserver: requested lease not found', LeaseNotFoundError],
    [unknown, 'something else', StorageRequestError],
    [7, 'etcdserver: permission denied', StorageRequestError],
  ])('%i "%s" is final', (code, details, kind) => {
    const failure = failureOf({ code, details }, 7);
    expect(failure).toMatchObject({ kind: 'refused', error: expect.any(kind) });
  });

  it('names the revision that was asked for as compacted', () => {
    const failure = failureOf({ code: outOfRange, details: 'required revision has been compacted' }, 7);
    expect(failure).toMatchObject({ error: { compactRevision: 7 } });
  });
});

it.each([
  ['unable to verify the first certificate', true],
  ['self-signed certificate in certificate chain', true],
  ["Hostname/IP does not match certificate's altnames", true],
  ['SSL routines:ssl3_read_bytes:ssl/tls alert bad certificate', true],
  ['connect ECONNREFUSED 127.0.0.1:2379', false],
  ['etcdserver: no leader', false],
])('"%s" is about certificates: %s', (reason, expected) => {
  expect(isAboutCertificates(reason)).toBe(expected);
});
