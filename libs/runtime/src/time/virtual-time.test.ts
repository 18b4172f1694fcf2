import { describe, expect, it } from '@jest/globals';
import { SystemTimers } from './system-timers.ts';
import { AbortedError } from './timers.ts';
import { ConditionNotMetError, holdTime, VirtualTime } from './virtual-time.ts';

describe('VirtualTime', () => {
  it('stands still until it is moved', async () => {
    const time = new VirtualTime(1_000);
    let isFired = false;
    time.after(10, () => {
      isFired = true;
    });
    await time.advance(9);
    expect([time.now(), time.monotonic(), isFired]).toEqual([1_009, 9, false]);
    await time.advance(1);
    expect([time.now(), isFired]).toEqual([1_010, true]);
  });

  it('fires timers in order of their time, then of their making', async () => {
    const time = new VirtualTime();
    const fired: string[] = [];
    for (const [name, delay] of [
      ['c', 30],
      ['a', 10],
      ['b1', 20],
      ['b2', 20],
      ['b3', 20],
    ] as const) {
      time.after(delay, () => fired.push(`${name}@${time.monotonic()}`));
    }
    await time.advance('1m');
    expect(fired).toEqual(['a@10', 'b1@20', 'b2@20', 'b3@20', 'c@30']);
    expect(time.monotonic()).toBe(60_000);
  });

  it('finishes all promise work of one timer before the next', async () => {
    const time = new VirtualTime();
    const steps: string[] = [];
    const work = async (name: string): Promise<void> => {
      for (let step = 0; step < 3; step += 1) {
        await Promise.resolve();
        steps.push(`${name}${step}`);
      }
    };
    time.after(1, () => void work('a'));
    time.after(1, () => void work('b'));
    await time.advance(1);
    expect(steps).toEqual(['a0', 'a1', 'a2', 'b0', 'b1', 'b2']);
  });

  it('fires timers that a timer made, where they fall due as well', async () => {
    const time = new VirtualTime();
    let count = 0;
    const timer = time.every(100, () => {
      count += 1;
      if (count === 5) timer.cancel();
    });
    await time.advance('10s');
    expect(count).toBe(5);
    expect(time.pendingTimers).toBe(0);
  });

  it('never fires a cancelled timer', async () => {
    const time = new VirtualTime();
    const timer = time.after(1, () => {
      throw new Error('fired');
    });
    timer.cancel();
    timer.cancel();
    await time.advance(10);
  });

  it('lets sleepers be woken by their signal', async () => {
    const time = new VirtualTime();
    const abort = new AbortController();
    const sleeping = time.sleep(1_000, abort.signal);
    abort.abort();
    await expect(sleeping).rejects.toBeInstanceOf(AbortedError);
    await expect(time.sleep(1_000, abort.signal)).rejects.toBeInstanceOf(AbortedError);
    expect(time.pendingTimers).toBe(0);
  });

  it('runs until a condition holds, and no longer', async () => {
    const time = new VirtualTime();
    let ticks = 0;
    const timer = time.every(1_000, () => {
      ticks += 1;
    });
    await time.runUntil(() => ticks === 3);
    expect(time.monotonic()).toBe(3_000);
    await expect(time.runUntil(() => false, { limit: '5s' })).rejects.toBeInstanceOf(ConditionNotMetError);
    timer.cancel();
    await expect(time.runUntil(() => false)).rejects.toBeInstanceOf(ConditionNotMetError);
  });

  it('waits for what is held, and for what comes of it, before the next timer', async () => {
    const time = new VirtualTime();
    const steps: string[] = [];
    time.after(1, () => {
      const outside = new Promise<void>((resolve) => setImmediate(() => setImmediate(resolve)));
      void holdTime(time, outside).then(() => steps.push(`answered@${time.monotonic()}`));
    });
    time.after(2, () => steps.push('later'));
    await time.advance(2);
    expect(steps).toEqual(['answered@1', 'later']);
  });

  it('goes on when what was held has failed', async () => {
    const time = new VirtualTime();
    const failing = holdTime(time, Promise.reject(new Error('no')));
    await time.advance(1);
    await expect(failing).rejects.toThrow('no');
  });
});

it('real time is not held', async () => {
  expect(await holdTime(new SystemTimers(), Promise.resolve(7))).toBe(7);
});
