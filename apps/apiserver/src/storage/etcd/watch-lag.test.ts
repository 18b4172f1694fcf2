import { describe, expect, it } from '@jest/globals';
import { VirtualTime } from '@orrery/runtime';
import { WatchLag } from './watch-lag.ts';

/** Has `by` passed once all that can happen by itself has happened? */
async function passes(time: VirtualTime, by: number): Promise<boolean> {
  let passed = false;
  void time.advance(by).then(() => {
    passed = true;
  });
  for (let turn = 0; turn < 5; turn += 1) await new Promise((resolve) => setImmediate(resolve));
  return passed;
}

describe('WatchLag', () => {
  it('holds virtual time while the watch is behind', async () => {
    const time = new VirtualTime();
    const lag = new WatchLag(time);
    lag.opening(5);
    lag.opened(4);
    expect(await passes(time, 1)).toBe(true);
    lag.know(6);
    expect(await passes(time, 1)).toBe(false);
    lag.show(5);
    expect(await passes(time, 1)).toBe(false);
    lag.show(6);
    await time.settle();
    expect(time.monotonic()).toBe(3);
  });

  it('holds it while the watch is being opened, and until the past has been shown', async () => {
    const time = new VirtualTime();
    const lag = new WatchLag(time);
    lag.opening(1);
    expect(await passes(time, 1)).toBe(false);
    lag.opened(3);
    expect(await passes(time, 1)).toBe(false);
    lag.show(3);
    await time.settle();
    expect(time.monotonic()).toBe(2);
  });

  it('holds nothing for a watch that has ended', async () => {
    const time = new VirtualTime();
    const lag = new WatchLag(time);
    lag.opening(1);
    lag.closed();
    lag.know(9);
    expect(await passes(time, 1)).toBe(true);
  });
});
