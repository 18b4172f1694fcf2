import { describe, expect, it } from '@jest/globals';
import { VirtualTime } from '@orrery/runtime';
import { WorkQueue } from './work-queue.ts';

function queueInTime() {
  const time = new VirtualTime();
  return { time, queue: new WorkQueue<string>({ timers: time, clock: time, identity: (item) => item }) };
}

describe('WorkQueue', () => {
  it('holds an item once and gives items in order', async () => {
    const { queue } = queueInTime();
    for (const item of ['a', 'b', 'a']) queue.add(item);
    expect([queue.length, await queue.next(), await queue.next()]).toEqual([2, 'a', 'b']);
  });

  it('never gives an item to two workers; what is added meanwhile comes after', async () => {
    const { queue } = queueInTime();
    queue.add('a');
    await queue.next();
    queue.add('a');
    expect(queue.length).toBe(0);
    queue.done('a');
    expect(await queue.next()).toBe('a');
  });

  it('backs off by doubling from 5 ms until it is told to forget', async () => {
    const { time, queue } = queueInTime();
    const delays: number[] = [];
    for (let failure = 0; failure < 4; failure++) {
      const from = time.monotonic();
      queue.addRateLimited('a');
      await time.runUntil(() => queue.length === 1);
      delays.push(time.monotonic() - from);
      await queue.next();
      queue.done('a');
    }
    expect(delays).toEqual([5, 10, 20, 40]);
    queue.forget('a');
    expect(queue.failures('a')).toBe(0);
  });

  it('keeps the earlier of two delays', async () => {
    const { time, queue } = queueInTime();
    queue.addAfter('a', 1000);
    queue.addAfter('a', 10);
    queue.addAfter('a', 500);
    await time.advance(10);
    expect(queue.length).toBe(1);
    expect(time.pendingTimers).toBe(0);
  });

  it('lets everybody go at shutdown, twice if need be, and leaves no timer', async () => {
    const { time, queue } = queueInTime();
    const taker = queue.next();
    queue.addAfter('a', 1000);
    queue.shutdown();
    queue.shutdown();
    expect([await taker, await queue.next(), time.pendingTimers]).toEqual([undefined, undefined, 0]);
  });
});
