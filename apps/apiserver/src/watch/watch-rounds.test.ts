import { describe, expect, it } from '@jest/globals';
import type { Clock, Timers } from '@orrery/runtime';
import { virtualHost } from '@orrery/runtime';
import { WatchRounds } from './watch-rounds.ts';

describe('the rounds of watches', () => {
  it('wake each stream once, however many events it has', async () => {
    const { time, clock, timers } = virtualHost({ seed: 1 });
    const rounds = new WatchRounds({ clock, timers });
    const woken: string[] = [];
    const a = (): void => void woken.push('a');
    const b = (): void => void woken.push('b');
    rounds.join(a);
    rounds.join(b);
    rounds.join(a);
    expect(woken).toEqual([]);
    await time.settle();
    expect(woken).toEqual(['a', 'b']);
    rounds.join(a);
    await time.settle();
    expect(woken).toEqual(['a', 'b', 'a']);
  });

  it('pause for as long as the last one took', async () => {
    const { time, timers } = virtualHost({ seed: 1 });
    let workedMs = 0;
    const clock: Clock = { now: () => time.now(), monotonic: () => time.monotonic() + workedMs };
    const rounds = new WatchRounds({ clock, timers: timers as Timers });
    const wokenAt: number[] = [];
    const wake = (): void => {
      wokenAt.push(clock.monotonic());
      workedMs += 40;
    };
    rounds.join(wake);
    await time.settle();
    rounds.join(wake);
    await time.advance(39);
    expect(wokenAt).toEqual([0]);
    await time.advance(1);
    expect(wokenAt).toEqual([0, 80]);
  });
});
