import { describe, expect, it } from '@jest/globals';
import { afterRetry, type BackOffEntry, durationText, retryAt } from './restart-back-off.ts';

describe('restart back-off', () => {
  it('restarts at once, then after 10 s, doubling up to 5 minutes', () => {
    let entry: BackOffEntry | undefined;
    let now = 1_000_000;
    const delays: number[] = [];
    for (let restart = 0; restart < 8; restart++) {
      const failedAt = now;
      now = retryAt(entry, failedAt, now) ?? now;
      delays.push((now - failedAt) / 1000);
      entry = afterRetry(entry, failedAt, now);
    }
    expect(delays).toEqual([0, 10, 20, 40, 80, 160, 300, 300]);
  });

  it('forgets after ten quiet minutes', () => {
    const entry = { delay: 300_000, restartedAt: 0 };
    expect(retryAt(entry, 600_000, 600_000)).toBe(900_000);
    expect(retryAt(entry, 600_001, 600_001)).toBeUndefined();
    expect(afterRetry(entry, 600_001, 600_001).delay).toBe(10_000);
  });

  it.each([
    [10_000, '10s'],
    [80_000, '1m20s'],
    [300_000, '5m0s'],
    [3_661_000, '1h1m1s'],
  ])('writes %d ms as %s', (duration, text) => expect(durationText(duration)).toBe(text));
});
