import { beforeEach, describe, expect, it } from '@jest/globals';
import { raftv1 } from '@orrery/proto';
import { RaftWireCheck } from './raft-wire-check.ts';

const Type = raftv1.Message_Type;
let check: RaftWireCheck;

beforeEach(() => {
  check = new RaftWireCheck();
});

function vote(from: string, to: string, term: number): void {
  check.see(from, raftv1.Message.fromPartial({ type: Type.TYPE_VOTE_RESPONSE, from, to, term }));
}

/** An append of entries that begin at `index`; each is named by its term. */
function append(from: string, term: number, index: number, terms: readonly number[], commit = 0, data = ''): void {
  const entries = terms.map((of, at) => ({ index: index + at, term: of, data: new TextEncoder().encode(data) }));
  check.see(from, raftv1.Message.fromPartial({ type: Type.TYPE_APPEND, from, to: 'x', term, entries, commit }));
}

describe('RaftWireCheck', () => {
  it('accepts elections and appends as they should be', () => {
    vote('a', 'b', 1);
    vote('a', 'b', 1);
    append('b', 1, 1, [1, 1], 1);
    vote('a', 'c', 2);
    append('c', 2, 2, [2], 2);
    // A deposed leader that knows no better.
    append('b', 1, 2, [1], 1);
  });

  it('sees a second vote in a term', () => {
    vote('a', 'b', 1);
    expect(() => vote('a', 'c', 1)).toThrow('one vote in a term');
  });

  it('sees two leaders in a term', () => {
    append('a', 1, 1, [1]);
    expect(() => append('b', 1, 1, [1])).toThrow('election safety');
  });

  it('sees two entries with one name', () => {
    append('a', 1, 1, [1], 0, 'x');
    expect(() => append('b', 2, 1, [1], 0, 'y')).toThrow('log matching');
  });

  it('sees a leader that lacks what was committed', () => {
    append('a', 1, 1, [1], 1);
    expect(() => append('b', 2, 1, [2])).toThrow('leader completeness');
  });

  it('sees two entries committed at one index', () => {
    append('a', 1, 1, [1], 1);
    check.see('c', raftv1.Message.fromPartial({ type: Type.TYPE_VOTE, from: 'c', term: 2 }));
    expect(() => append('b', 2, 1, [2], 1)).toThrow('which was committed');
  });

  it('knows from the first bytes which messages it wants', () => {
    const encoded = (type: raftv1.Message_Type) => raftv1.Message.encode(raftv1.Message.fromPartial({ type })).finish();
    expect(RaftWireCheck.wants(encoded(Type.TYPE_APPEND))).toBe(true);
    expect(RaftWireCheck.wants(encoded(Type.TYPE_HEARTBEAT))).toBe(false);
  });
});
