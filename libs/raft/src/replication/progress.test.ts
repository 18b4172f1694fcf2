import { describe, expect, it } from '@jest/globals';
import { CatchUp } from '../membership/catch-up.ts';
import { SnapshotSending } from '../snapshot/snapshot-sending.ts';
import { InflightWindow } from './inflight-window.ts';
import { Progress } from './progress.ts';

/** A follower that is to get entry 11 next and has everything up to 5 for certain. */
function follower(): Progress {
  const progress = new Progress(11, new InflightWindow(2, 1_000), new CatchUp(10));
  progress.match = 5;
  return progress;
}

const snapshot = { index: 8, term: 1, configuration: undefined, bytes: 10 };

describe('what a leader knows of a follower', () => {
  it('sends one message at a time until the logs are known to agree', () => {
    const progress = follower();
    progress.sent(10, 0);
    expect(progress.paused).toBe(true);
    progress.accepted(10);
    expect(progress).toMatchObject({ state: 'replicate', match: 10, next: 11, paused: false });
    progress.sent(12, 5);
    progress.sent(14, 5);
    expect(progress).toMatchObject({ next: 15, paused: true });
  });

  it('goes back to where a refusal says that the logs may agree, but never behind what is certain', () => {
    const progress = follower();
    progress.rejected(10, 7);
    expect(progress).toMatchObject({ state: 'probe', next: 8, paused: false });
    progress.rejected(7, 2);
    expect(progress.next).toBe(6);
  });

  it('ignores refusals of what was sent long ago', () => {
    const progress = follower();
    progress.rejected(9, 1);
    progress.rejected(5, 1);
    expect(progress.next).toBe(11);
  });

  it('sends no entries while a snapshot is under way, and goes on behind it', () => {
    const progress = follower();
    progress.beginSnapshot(new SnapshotSending('b', snapshot, 100));
    expect(progress).toMatchObject({ state: 'snapshot', paused: true });
    progress.rejected(10, 3);
    progress.accepted(6);
    progress.heard();
    expect(progress).toMatchObject({ state: 'snapshot', match: 6, paused: true });
    progress.accepted(8);
    expect(progress).toMatchObject({ state: 'replicate', match: 8, next: 9, paused: false });
    expect(progress.sending).toBeUndefined();
  });

  it('asks again what the follower has when a snapshot cannot be sent', () => {
    const progress = follower();
    progress.beginSnapshot(new SnapshotSending('b', snapshot, 100));
    progress.abortSnapshot();
    expect(progress).toMatchObject({ state: 'probe', next: 6, paused: false });
  });
});
