import { describe, expect, it } from '@jest/globals';
import { MemoryLogger, VirtualTime } from '@orrery/runtime';
import { WorkLoop } from './work-loop.ts';

describe('a work loop', () => {
  const options = { name: 'test', interval: 30_000, retryDelay: 1_000 };

  function loopOf(work: () => Promise<boolean>) {
    const time = new VirtualTime();
    const runs: number[] = [];
    const counted = () => {
      runs.push(time.now());
      return work();
    };
    const loop = new WorkLoop(counted, options, time, new MemoryLogger());
    return { time, runs, loop, secondsOf: () => runs.map((at) => (at - (runs[0] ?? 0)) / 1000) };
  }

  it('works at once, when woken, and at intervals', async () => {
    const { time, loop, secondsOf } = loopOf(() => Promise.resolve(true));
    loop.start();
    await time.advance('10s');
    loop.wake();
    await time.advance('31s');
    expect(secondsOf()).toEqual([0, 10, 40]);
    await loop.stop();
    await loop.stop();
    await time.advance('1h');
    expect(secondsOf()).toHaveLength(3);
  });

  it('tries again after failures, ever more slowly', async () => {
    const { time, loop, secondsOf } = loopOf(() => Promise.reject(new Error('no')));
    loop.start();
    await time.advance('70s');
    expect(secondsOf()).toEqual([0, 1, 3, 7, 15, 31, 61]);
    await loop.stop();
  });

  it('does not lose what happens while it works', async () => {
    let finish = (): void => undefined;
    const { runs, time, loop } = loopOf(() => new Promise((resolve) => (finish = () => resolve(true))));
    loop.start();
    loop.wake();
    loop.wake();
    finish();
    await time.advance('1s');
    expect(runs).toHaveLength(2);
    finish();
    await loop.stop();
  });
});
