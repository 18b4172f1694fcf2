import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { raftv1 } from '@orrery/proto';
import { SeededRandom } from '@orrery/runtime';
import { votersOnly } from './membership/configuration.ts';
import { Raft } from './raft.ts';
import { NotLeaderError } from './raft-error.ts';
import { RaftWorld } from './testing/raft-world.ts';
import { play } from './testing/transcript.ts';

const folder = new URL('../testdata/', import.meta.url);

/** A new scenario is a new file; `UPDATE_GOLDEN=1` writes what happens into it, to be read and judged. */
describe('Raft, scenario by scenario', () => {
  it.each(readdirSync(folder).filter((name) => name.endsWith('.txt')))('%s', (name) => {
    const file = new URL(name, folder);
    const script = readFileSync(file, 'utf8');
    const transcript = play(script);
    if (process.env.UPDATE_GOLDEN !== undefined) writeFileSync(file, transcript);
    else expect(transcript).toBe(script);
  });
});

describe('a member alone', () => {
  const alone = () =>
    new Raft({
      id: 'a',
      configuration: votersOnly(['a']),
      electionTicks: 10,
      heartbeatTicks: 1,
      random: new SeededRandom(1),
    });

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

describe('a member that has just become the only one', () => {
  it('takes nothing back that the one who left may have seen', () => {
    const world = new RaftWorld(['a']);
    const { raft } = world.being('a');
    raft.campaign();
    world.stabilize();
    expect(raft.isAlone).toBe(true);
    world.join('b');
    raft.proposeConfiguration({ kind: 'add-learner', member: 'b' });
    world.stabilize();
    raft.proposeConfiguration({ kind: 'remove', member: 'b' });
    expect(raft.configuration).toEqual({ voters: ['a'], learners: [] });
    world.drain('a', false);
    expect(raft.isAlone).toBe(false);
    expect(() => raft.dropUnwritten()).toThrow('others have seen');
    world.stabilize();
    // The farewell is over.
    for (let tick = 0; tick <= 20; tick++) raft.tick();
    world.stabilize();
    expect(raft.isAlone).toBe(true);
  });
});

describe('the only voter', () => {
  it('tells its learner nothing before its term is on disk: it could lead in it once more, with other entries', () => {
    const world = new RaftWorld(['a']);
    world.being('a').raft.campaign();
    world.drain('a');
    world.join('b');
    world.being('a').raft.proposeConfiguration({ kind: 'add-learner', member: 'b' });
    world.stabilize();
    world.crash('a');
    const { raft } = world.being('a');
    raft.campaign();
    raft.propose([Buffer.from('x')]);
    world.drain('a', false);
    expect(raft.role).toBe('leader');
    expect(world.network).toEqual([]);
    world.finishDisk('a');
    world.stabilize();
    expect(world.being('b').raft.log.lastIndex).toBe(raft.log.lastIndex);
  });
});

describe('a member that does not lead', () => {
  it('takes no proposals and knows nobody to ask for reads', () => {
    const raft = new Raft({
      id: 'a',
      configuration: votersOnly(['a', 'b', 'c']),
      electionTicks: 10,
      heartbeatTicks: 1,
      random: new SeededRandom(1),
    });
    expect(() => raft.propose([new Uint8Array(1)])).toThrow(NotLeaderError);
    expect(() => raft.readIndex(new Uint8Array(1))).toThrow(NotLeaderError);
  });
});

describe('a message for somebody else', () => {
  it('changes nothing', () => {
    const raft = new Raft({
      id: 'a',
      configuration: votersOnly(['a', 'b', 'c']),
      electionTicks: 10,
      heartbeatTicks: 1,
      random: new SeededRandom(1),
    });
    raft.step(raftv1.Message.create({ type: raftv1.Message_Type.TYPE_VOTE, from: 'b', to: 'c', term: 3 }));
    expect(raft.term).toBe(0);
    expect(raft.ready()).toBeUndefined();
  });
});

describe('a leader with entries of an older term', () => {
  it('counts them as committed only together with one of its own (figure 3.7 of the dissertation)', () => {
    const Type = raftv1.Message_Type;
    const entries = [1, 2].map((term) => raftv1.Entry.create({ index: term, term, data: Buffer.from('old') }));
    const hardState = { term: 3, vote: '', commit: 0 };
    const configuration = votersOnly(['a', 'b', 'c']);
    const raft = new Raft({
      id: 'a',
      configuration,
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

describe('a cluster with nothing to do', () => {
  it('sends heartbeats and their answers, writes nothing and applies nothing', () => {
    const world = new RaftWorld(['a', 'b', 'c']);
    world.being('a').raft.campaign();
    world.stabilize();
    const before = [...world.beings.values()].map(({ disk }) => disk.writes);
    const applied = world.truth.length;
    const sent: raftv1.Message[] = [];
    for (let tick = 0; tick < 100; tick++) {
      for (const { raft } of world.beings.values()) raft.tick();
      sent.push(...world.stabilize());
    }
    // A heartbeat every other tick to each of two followers.
    expect(sent.filter(({ type }) => type === raftv1.Message_Type.TYPE_HEARTBEAT)).toHaveLength(100);
    expect(sent.filter(({ type }) => type === raftv1.Message_Type.TYPE_HEARTBEAT_RESPONSE)).toHaveLength(100);
    expect(sent).toHaveLength(200);
    expect([...world.beings.values()].map(({ disk }) => disk.writes)).toEqual(before);
    expect(world.truth).toHaveLength(applied);
  });
});

describe('a member that joins', () => {
  it('waits, without a configuration and without disturbing anybody', () => {
    const raft = new Raft({ id: 'd', electionTicks: 10, heartbeatTicks: 1, random: new SeededRandom(1) });
    for (let tick = 0; tick < 100; tick++) raft.tick();
    raft.campaign();
    expect(raft.ready()).toBeUndefined();
    expect(raft).toMatchObject({ role: 'follower', isMember: false, isAlone: false });
  });
});

describe('a leader that is asked for many reads', () => {
  it('lets those go that it has no room for, and answers the others', () => {
    const world = new RaftWorld(['a', 'b', 'c'], undefined, { waitingReadsMax: 2 });
    const { raft, reads } = world.being('a');
    raft.campaign();
    world.stabilize();
    for (const name of ['one', 'two', 'three']) raft.readIndex(Buffer.from(name));
    world.stabilize();
    expect(reads.map(({ context }) => context)).toEqual(['one', 'two']);
    raft.readIndex(Buffer.from('three again'));
    world.stabilize();
    expect(reads).toHaveLength(3);
  });
});

describe('a snapshot', () => {
  const lead = () => {
    const world = new RaftWorld(['a']);
    const { raft } = world.being('a');
    raft.campaign();
    world.stabilize();
    return { world, raft };
  };

  it('is labelled with what was applied last, and the configuration in force there', () => {
    const { world, raft } = lead();
    raft.propose([Buffer.from('x')]);
    world.stabilize();
    expect(raft.snapshotPoint()).toEqual({
      index: 2,
      term: 1,
      configuration: { voters: ['a'], learners: [] },
      bytes: 0,
    });
  });

  it('is not taken before it is known who the members were', () => {
    const world = new RaftWorld(['a'], undefined, { batchMax: 1 });
    const { raft } = world.being('a');
    raft.campaign();
    for (const text of ['x', 'y']) raft.propose([Buffer.from(text)]);
    world.stabilize();
    world.join('b');
    raft.proposeConfiguration({ kind: 'add-learner', member: 'b' });
    const joiner = world.being('b').raft;
    expect(joiner.maySnapshot).toBe(false);
    const seen: { applied: number; maySnapshot: boolean }[] = [];
    world.stabilize(() => {
      const { applied } = joiner.log;
      if (applied > (seen.at(-1)?.applied ?? 0)) seen.push({ applied, maySnapshot: joiner.maySnapshot });
      return true;
    });
    // The entry that adds it is the fourth, and the first that says who the members are.
    expect(seen).toEqual([1, 2, 3, 4].map((applied) => ({ applied, maySnapshot: applied === 4 })));
    expect(joiner.snapshotPoint().configuration).toEqual({ voters: ['a'], learners: ['b'] });
  });

  it('cannot be of more than was applied, nor be installed where none came', () => {
    const { raft } = lead();
    const meta = { ...raft.snapshotPoint(), index: 2 };
    expect(() => raft.snapshotTaken(meta, 2)).toThrow('applied only 1');
    expect(() => raft.snapshotInstalled(meta)).toThrow('was given none');
  });
});
