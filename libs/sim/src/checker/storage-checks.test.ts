import { describe, expect, it } from '@jest/globals';
import { registryv1 } from '@orrery/proto';
import type { LoggedChange } from '../storage/log-follower.ts';
import type { GroupOperation, LeaseRecord } from '../storage/operation-log.ts';
import { KnownHistory } from './known-history.ts';
import { checkAnswers, checkFollowers, checkLeases } from './storage-checks.ts';

const Type = registryv1.Event_Type;

function logged(revision: number, key: string, uid: string, type = Type.TYPE_ADDED): LoggedChange {
  const data = registryv1.Event.encode(registryv1.Event.fromPartial({ revision, uid, type })).finish();
  return { revision, subject: 's', type, key, uid, seenAt: revision * 1_000, data };
}

const changes = new Map(
  [
    logged(2, 'g/a', 'one'),
    logged(3, 'g/a', 'two', Type.TYPE_MODIFIED),
    logged(4, 'l/k', 'lease'),
    logged(5, 'l/k', 'lease', Type.TYPE_DELETED),
  ].map((change) => [change.revision, change]),
);
const history = KnownHistory.of(changes, true);

function read(value: string, version: number, revision: number, calledAt: number): GroupOperation {
  return {
    id: `read-${calledAt}`,
    group: 'g',
    input: { kind: 'read' },
    atRevision: 0,
    serializable: false,
    calledAt,
    returnedAt: calledAt + 1,
    output: { kind: 'read', held: { 'g/a': { value, version } } },
    revision,
  };
}

function put(value: string, revision: number): GroupOperation {
  const input = { kind: 'txn' as const, expect: [], writes: [{ key: 'g/a', value }] };
  return { ...read(value, 1, revision, 0), input, output: { kind: 'txn', succeeded: true } };
}

const lease: LeaseRecord = {
  id: '1',
  key: 'k',
  value: 'lease',
  ttlMs: 4_000,
  renewedAt: 500,
  askedAt: 500,
  revokedAt: undefined,
};

describe('answers', () => {
  it('fit the history', () => {
    checkAnswers([put('one', 2), read('one', 1, 2, 5), read('two', 2, 3, 10)], history);
  });

  it.each<[string, GroupOperation[], string]>([
    ['a state that never was', [read('one', 2, 3, 5)], 'reads show the history'],
    ['a revision that is not in the log', [read('two', 2, 9, 5)], 'reads show what is in the log'],
    ['a write that is gone', [put('zero', 2)], 'acknowledged writes stay'],
    ['a write that stands elsewhere', [put('one', 3)], 'writes stand at their revision'],
    ['an answer from before an answer', [read('two', 2, 3, 5), read('one', 1, 2, 10)], 'older than one before'],
  ])('that show %s are refused', (_, operations, rule) => {
    expect(() => checkAnswers(operations, history)).toThrow(rule);
  });
});

describe('leases', () => {
  it('end at their time', () => {
    checkLeases([lease], history, 100_000);
  });

  it('must not end early', () => {
    expect(() => checkLeases([{ ...lease, renewedAt: 2_000 }], history, 100_000)).toThrow('no lease ends early');
    checkLeases([{ ...lease, renewedAt: 2_000, revokedAt: 4_900 }], history, 100_000);
  });

  it('must end', () => {
    const immortal = KnownHistory.of(new Map([[2, logged(2, 'l/k', 'lease')]]), true);
    expect(() => checkLeases([lease], immortal, 100_000)).toThrow('leases end');
  });
});

describe('followers', () => {
  it('must get the same', () => {
    checkFollowers([changes, new Map([...changes].slice(1))]);
    const other = new Map(changes).set(3, logged(3, 'g/a', 'other'));
    expect(() => checkFollowers([changes, other])).toThrow('followers of the registry log get the same');
  });
});
