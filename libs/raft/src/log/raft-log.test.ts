import { describe, expect, it } from '@jest/globals';
import { raftv1 } from '@orrery/proto';
import { votersOnly } from '../membership/configuration.ts';
import { RaftLog } from './raft-log.ts';

const configuration = votersOnly(['a', 'b', 'c']);
const entry = (index: number, term: number): raftv1.Entry => ({
  index,
  term,
  type: raftv1.Entry_Type.TYPE_NORMAL,
  data: Buffer.from(`${index}`),
});
/** Entries from 1 on with these terms. */
const logOf = (...terms: number[]) =>
  new RaftLog({ configuration, snapshot: undefined, entries: terms.map((term, at) => entry(at + 1, term)) });
const termsOf = (log: RaftLog) => log.slice(log.offset, 100, 1e9).map(({ term }) => term);

describe("a member's log", () => {
  it('takes over what it does not have and keeps what it has', () => {
    const log = logOf(1, 1, 2);
    expect(log.maybeAppend({ index: 1, term: 1 }, [entry(2, 1)])).toBe(2);
    expect(termsOf(log)).toEqual([1, 1, 2]);
    expect(log.maybeAppend({ index: 3, term: 2 }, [entry(4, 2)])).toBe(4);
    expect(termsOf(log)).toEqual([1, 1, 2, 2]);
  });

  it('cuts off what contradicts the leader, which then has to be written anew', () => {
    const log = logOf(1, 1, 1, 1);
    expect(log.maybeAppend({ index: 1, term: 1 }, [entry(2, 1), entry(3, 2)])).toBe(3);
    expect(termsOf(log)).toEqual([1, 1, 2]);
    expect(log.stable).toBe(2);
    expect(log.takeUnwritten()).toEqual([entry(3, 2)]);
    log.stableTo({ index: 3, term: 1 });
    expect(log.stable).toBe(2);
    log.stableTo({ index: 3, term: 2 });
    expect(log.stable).toBe(3);
  });

  it('does not take what does not follow', () => {
    const log = logOf(1, 1);
    expect(log.maybeAppend({ index: 2, term: 2 }, [entry(3, 2)])).toBeUndefined();
    expect(log.maybeAppend({ index: 3, term: 1 }, [entry(4, 1)])).toBeUndefined();
    expect(() => log.append([entry(4, 1)])).toThrow('does not follow');
  });

  it('never cuts off what is committed, and never takes a commit back', () => {
    const log = logOf(1, 1, 1);
    log.commitTo(2);
    log.commitTo(1);
    expect(log.committed).toBe(2);
    expect(() => log.commitTo(4)).toThrow('beyond the last');
    expect(() => log.maybeAppend({ index: 1, term: 1 }, [entry(2, 2)])).toThrow('is committed');
  });

  it('forgets what was applied and is on disk, and still knows the term there', () => {
    const log = logOf(1, 1, 2, 2);
    log.commitTo(3);
    log.takeCommitted(10);
    log.discardTo(4);
    expect(log).toMatchObject({ offset: 3, lastIndex: 4 });
    expect([2, 3, 4].map((index) => log.term(index))).toEqual([undefined, 2, 2]);
    expect(() => log.slice(2, 10, 1e9)).toThrow('are gone');
    expect(log.maybeAppend({ index: 1, term: 1 }, [entry(2, 1), entry(3, 2), entry(4, 2), entry(5, 2)])).toBe(5);
    expect(termsOf(log)).toEqual([2, 2]);
  });

  it('gives way to a snapshot', () => {
    const log = logOf(1, 1);
    const snapshot = { index: 9, term: 3, configuration: votersOnly(['d']), bytes: 0 };
    log.restore(snapshot);
    expect(log).toMatchObject({ offset: 9, lastIndex: 9, lastTerm: 3, committed: 9, applied: 9, stable: 9 });
    expect(log.configuration.voters).toEqual(['d']);
    expect(() => log.restore({ ...snapshot, index: 8 })).toThrow('would undo');
  });

  it('begins behind the snapshot that was found with it', () => {
    const snapshot = { index: 2, term: 1, configuration: votersOnly(['d']), bytes: 0 };
    const log = new RaftLog({ configuration, snapshot, entries: [entry(1, 1), entry(2, 1), entry(3, 1)] });
    expect(log).toMatchObject({ offset: 2, lastIndex: 3, committed: 2, applied: 2, stable: 3 });
    expect(log.configuration.voters).toEqual(['d']);
  });

  it('gives batches of a bounded size, but always something', () => {
    const log = logOf(1, 1, 1);
    expect(log.slice(0, 2, 1e9)).toHaveLength(2);
    expect(log.slice(0, 10, 2)).toHaveLength(2);
    expect(log.slice(0, 10, 0)).toHaveLength(1);
  });
});
