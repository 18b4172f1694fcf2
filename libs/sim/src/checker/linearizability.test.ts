import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { type GroupOutput, type Held, keyGroupModel, type RevisedInput } from './key-group-model.ts';
import { checkLinearizability, type HistoryOperation } from './linearizability.ts';

type Operation = HistoryOperation<RevisedInput, GroupOutput>;

const held = (value: string | undefined, version = 1): Record<string, Held> =>
  value === undefined ? {} : { x: { value, version } };

function put(
  value: string,
  calledAt: number,
  returnedAt: number,
  known = returnedAt !== Number.POSITIVE_INFINITY,
): Operation {
  const output: GroupOutput | undefined = known ? { kind: 'txn', succeeded: true } : undefined;
  const input: RevisedInput = { kind: 'txn', expect: [], writes: [{ key: 'x', value }], revision: 0 };
  return { input, output, calledAt, returnedAt };
}

function read(value: string | undefined, version: number, calledAt: number, returnedAt: number): Operation {
  return {
    input: { kind: 'read', revision: 0 },
    output: { kind: 'read', held: held(value, version) },
    calledAt,
    returnedAt,
  };
}

function putIf(expected: number, value: string, succeeded: boolean, calledAt: number, returnedAt: number): Operation {
  const input: RevisedInput = {
    kind: 'txn',
    expect: [{ key: 'x', version: expected }],
    writes: [{ key: 'x', value }],
    revision: 0,
  };
  return { input, output: { kind: 'txn', succeeded }, calledAt, returnedAt };
}

const NEVER = Number.POSITIVE_INFINITY;

const good: Record<string, Operation[]> = {
  'one after the other': [put('a', 0, 1), read('a', 1, 2, 3), put('b', 4, 5), read('b', 2, 6, 7)],
  'a read beside a write may see it or not': [put('a', 0, 10), read(undefined, 1, 1, 2), read('a', 1, 3, 4)],
  'a write without an answer may take effect late': [put('a', 0, NEVER), read(undefined, 1, 5, 6), read('a', 1, 7, 8)],
  'a write without an answer may never take effect': [put('a', 0, NEVER), put('b', 1, 2), read('b', 1, 7, 8)],
  'of two conditional writes one wins': [putIf(0, 'a', true, 0, 5), putIf(0, 'b', false, 0, 5), read('a', 1, 6, 7)],
};

const bad: Record<string, Operation[]> = {
  'a lost update': [put('a', 0, 1), read(undefined, 1, 2, 3)],
  'a stale read': [put('a', 0, 1), put('b', 2, 3), read('a', 1, 4, 5)],
  'a read that goes back': [put('a', 0, 20), read('a', 1, 1, 2), read(undefined, 1, 3, 4)],
  'a split brain: both conditional writes win': [putIf(0, 'a', true, 0, 5), putIf(0, 'b', true, 0, 5)],
  'a dirty read of a write that did not happen': [putIf(3, 'a', false, 0, 1), read('a', 1, 0, 2)],
  'a write that is applied twice': [put('a', 0, 1), read('a', 2, 2, 3)],
  'a write without an answer that comes and goes': [put('a', 0, NEVER), read('a', 1, 1, 2), read(undefined, 1, 3, 4)],
  'a value that nobody wrote': [put('a', 0, 1), read('z', 1, 2, 3)],
  'a conditional write that should have won': [putIf(0, 'a', false, 0, 1)],
};

describe('checkLinearizability', () => {
  it.each(Object.keys(good))('accepts: %s', (name) => {
    expect(checkLinearizability(keyGroupModel, good[name] ?? [])).toEqual({ kind: 'linearizable' });
  });

  it.each(Object.keys(bad))('refuses: %s', (name) => {
    expect(checkLinearizability(keyGroupModel, bad[name] ?? [])).toMatchObject({ kind: 'illegal' });
  });

  it('names the operation that fits nowhere', () => {
    const history = [put('a', 0, 1), put('b', 2, 3), read('a', 1, 4, 5)];
    expect(checkLinearizability(keyGroupModel, history)).toEqual({ kind: 'illegal', stuckAt: 2 });
  });

  it('says so when its steps do not suffice', () => {
    const history = Array.from({ length: 12 }, (_, at) => put(`v${at}`, 0, 100));
    expect(checkLinearizability(keyGroupModel, [...history, read('none', 12, 101, 102)], 1_000)).toEqual({
      kind: 'undecided',
    });
  });

  it('holds revisions to their order', () => {
    const at = (revision: number, operation: Operation): Operation => ({
      ...operation,
      input: { ...operation.input, revision },
    });
    const writes = (first: number, second: number) => [at(first, put('a', 0, 9)), at(second, put('b', 0, 9))];
    const last = at(7, read('b', 2, 10, 11));
    expect(checkLinearizability(keyGroupModel, [...writes(5, 6), last])).toEqual({ kind: 'linearizable' });
    expect(checkLinearizability(keyGroupModel, [...writes(6, 5), last])).toMatchObject({ kind: 'illegal' });
    expect(checkLinearizability(keyGroupModel, [...writes(5, 5), last])).toMatchObject({ kind: 'illegal' });
  });

  it('accepts whatever a single copy with clients that overlap can show, and agrees with trying all orders', () => {
    const operation = fc.record({
      isRead: fc.boolean(),
      calledAt: fc.integer({ min: 0, max: 6 }),
      takes: fc.integer({ min: 0, max: 4 }),
      sees: fc.integer({ min: -1, max: 4 }),
      isKnown: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.array(operation, { maxLength: 5 }), (drafts) => {
        const history = drafts.map(({ isRead, calledAt, takes, sees, isKnown }, at): Operation => {
          const returnedAt = isKnown ? calledAt + takes : NEVER;
          if (!isRead) return put(`v${at}`, calledAt, returnedAt, isKnown);
          return read(sees < 0 ? undefined : `v${sees}`, 1 + (at % 2), calledAt, calledAt + takes);
        });
        const verdict = checkLinearizability(keyGroupModel, history).kind;
        expect(verdict).toBe(isPossible(history) ? 'linearizable' : 'illegal');
      }),
      { numRuns: 1_000 },
    );
  });
});

/** The definition, tried out: any order of any subset that has all answered operations. */
function isPossible(history: readonly Operation[], state = keyGroupModel.initial): boolean {
  if (history.every(({ returnedAt }) => returnedAt === NEVER)) return true;
  return history.some((operation) => {
    const others = history.filter((other) => other !== operation);
    if (others.some(({ returnedAt }) => returnedAt < operation.calledAt)) return false;
    const after = keyGroupModel.step(state, operation.input, operation.output);
    return after !== undefined && isPossible(others, after);
  });
}
