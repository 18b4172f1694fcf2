import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { raftv1 } from '@orrery/proto';
import { SeededRandom } from '@orrery/runtime';
import { Raft } from './raft.ts';
import { NotLeaderError } from './ready.ts';
import { play } from './testing/transcript.ts';

const folder = new URL('../testdata/', import.meta.url);

/** A new scenario is a new file; `UPDATE_GOLDEN=1` writes what happens into it, to be read and judged. */
describe('Raft, scenario by scenario', () => {
  it.each(readdirSync(folder).filter((name) => name.endsWith('.txt')))('%s', (name) => {
    const file = new URL(name, folder);
    const script = readFileSync(file, 'utf8');
    const transcript = play(['a', 'b', 'c'], script);
    if (process.env.UPDATE_GOLDEN !== undefined) writeFileSync(file, transcript);
    else expect(transcript).toBe(script);
  });
});

describe('a member alone', () => {
  const alone = () =>
    new Raft({ id: 'a', members: ['a'], electionTicks: 10, heartbeatTicks: 1, random: new SeededRandom(1) });

  it('leads at once, and commits as soon as its disk has the entry', () => {
    const raft = alone();
    raft.campaign();
    expect(raft.role).toBe('leader');
    const first = raft.ready();
    expect(first?.committed).toEqual([]);
    if (first?.write !== undefined) raft.advance(first.write);
    expect(raft.ready()?.committed.map((entry) => entry.index)).toEqual([1]);
    expect(raft.ready()).toBeUndefined();
  });

  it('takes back what its disk refused', () => {
    const raft = alone();
    raft.campaign();
    raft.ready();
    expect(raft.dropUnwritten()).toBe(1);
    expect(raft.propose([Buffer.from('x')])).toBe(1);
    const ready = raft.ready();
    expect(ready?.write?.hardState).toMatchObject({ term: 1, vote: 'a' });
  });
});

describe('a member that does not lead', () => {
  it('takes no proposals and knows nobody to ask for reads', () => {
    const raft = new Raft({
      id: 'a',
      members: ['a', 'b', 'c'],
      electionTicks: 10,
      heartbeatTicks: 1,
      random: new SeededRandom(1),
    });
    expect(() => raft.propose([new Uint8Array(1)])).toThrow(NotLeaderError);
    expect(() => raft.readIndex(new Uint8Array(1))).toThrow(NotLeaderError);
  });
});

describe('a leader with entries of an older term', () => {
  it('counts them as committed only together with one of its own (figure 3.7 of the dissertation)', () => {
    const Type = raftv1.Message_Type;
    const entries = [1, 2].map((term) => raftv1.Entry.create({ index: term, term, data: Buffer.from('old') }));
    const hardState = { term: 3, vote: '', commit: 0 };
    const members = ['a', 'b', 'c'];
    const raft = new Raft({
      id: 'a',
      members,
      electionTicks: 10,
      heartbeatTicks: 1,
      random: new SeededRandom(1),
      hardState,
      entries,
    });
    const fromB = (type: raftv1.Message_Type, logIndex = 0) =>
      raft.step(raftv1.Message.create({ type, from: 'b', to: 'a', term: 4, logIndex }));
    raft.campaign();
    fromB(Type.TYPE_PRE_VOTE_RESPONSE);
    fromB(Type.TYPE_VOTE_RESPONSE);
    expect(raft.role).toBe('leader');
    const write = raft.ready()?.write;
    if (write !== undefined) raft.advance(write);

    fromB(Type.TYPE_APPEND_RESPONSE, 2);
    expect(raft.log.committed).toBe(0);
    fromB(Type.TYPE_APPEND_RESPONSE, 3);
    expect(raft.log.committed).toBe(3);
  });
});
