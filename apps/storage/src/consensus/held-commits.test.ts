import { beforeEach, describe, expect, it } from '@jest/globals';
import { raftv1 } from '@orrery/proto';
import { VirtualTime } from '@orrery/runtime';
import { HeldCommits } from './held-commits.ts';

const { TYPE_APPEND, TYPE_READ_INDEX_RESPONSE } = raftv1.Message_Type;
const HOLD_MS = 5;

let time: VirtualTime;
let sent: raftv1.Message[];
let commits: HeldCommits;
beforeEach(() => {
  time = new VirtualTime();
  sent = [];
  commits = new HeldCommits({ timers: time, holdMs: HOLD_MS, send: (message) => sent.push(message) });
});

function message(fields: Partial<raftv1.Message>): raftv1.Message {
  return raftv1.Message.create({ type: TYPE_APPEND, to: 'b', ...fields });
}

const entries = [raftv1.Entry.create({ index: 8, term: 1 })];

describe('HeldCommits', () => {
  it('sends entries at once, and with them what was held back', async () => {
    commits.send(message({ commit: 7 }));
    commits.send(message({ commit: 7, entries }));
    await time.advance(10 * HOLD_MS);
    expect(sent).toEqual([message({ commit: 7, entries })]);
  });

  it('sends a commit that no entries follow after a moment, to everybody', async () => {
    commits.send(message({ commit: 7 }));
    commits.send(message({ commit: 8 }));
    commits.send(message({ commit: 8, to: 'c' }));
    await time.advance(HOLD_MS - 1);
    expect(sent).toEqual([]);
    await time.advance(1);
    expect(sent).toEqual([message({ commit: 8 }), message({ commit: 8, to: 'c' })]);
    commits.send(message({ commit: 9 }));
    await time.advance(HOLD_MS);
    expect(sent.slice(2)).toEqual([message({ commit: 9 })]);
  });

  it('sends it before anything else for the same member, so that a read does not wait for it', async () => {
    const answer = message({ type: TYPE_READ_INDEX_RESPONSE, logIndex: 7 });
    commits.send(message({ commit: 7, to: 'c' }));
    commits.send(message({ commit: 7 }));
    commits.send(answer);
    expect(sent).toEqual([message({ commit: 7 }), answer]);
    await time.advance(HOLD_MS);
    expect(sent.slice(2)).toEqual([message({ commit: 7, to: 'c' })]);
  });

  it('sends nothing more when it has stopped', async () => {
    commits.send(message({ commit: 7 }));
    commits.stop();
    await time.advance(2 * HOLD_MS);
    expect(sent).toEqual([]);
  });
});
