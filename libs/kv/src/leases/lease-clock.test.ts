import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { LeaseClock } from './lease-clock.ts';
import type { Lease } from './lease-table.ts';

const lease = (id: string, ttlSeconds: number): Lease => ({ id, ttlSeconds, keys: new Set() });

describe('the lease clock', () => {
  it('gives every lease its whole time when the member begins to lead', () => {
    const clock = new LeaseClock();
    clock.promote(1_000, [lease('1', 10), lease('2', 20)]);
    expect(clock.expired(10_999, 9)).toEqual([]);
    expect(clock.expired(11_000, 9)).toEqual(['1']);
    clock.promote(11_000, [lease('1', 10)]);
    expect(clock.remaining('1', 12_000)).toBe(9_000);
    expect(clock.remaining('2', 12_000)).toBeUndefined();
  });

  it('renews what is not over, and nothing else', () => {
    const clock = new LeaseClock();
    clock.promote(0, [lease('1', 10)]);
    expect([clock.renew('1', 9_999), clock.remaining('1', 9_999)]).toEqual([true, 10_000]);
    expect([clock.renew('1', 19_999), clock.renew('2', 0)]).toEqual([false, false]);
    expect(clock.remaining('1', 30_000)).toBe(0);
  });

  it('lets nothing expire while the member does not lead', () => {
    const clock = new LeaseClock();
    clock.promote(0, [lease('1', 10)]);
    clock.demote();
    expect([clock.expired(99_999, 9), clock.renew('1', 1), clock.isRunning]).toEqual([[], false, false]);
  });

  it('names the longest over first, and no more than are wanted', () => {
    const clock = new LeaseClock();
    clock.promote(0, [lease('1', 30), lease('2', 10), lease('3', 20)]);
    expect(clock.expired(30_000, 2)).toEqual(['2', '3']);
  });

  it('never lets a lease end before its time from the last moment at which somebody may have counted on it', () => {
    const moves = fc.array(
      fc.record({
        wait: fc.nat(8_000),
        move: fc.constantFrom('grant', 'renew', 'revoke', 'promote', 'demote', 'look'),
        id: fc.constantFrom('1', '2', '3'),
      }),
    );
    fc.assert(
      fc.property(moves, (steps) => {
        const clock = new LeaseClock();
        const leases = new Map<string, Lease>();
        const countedFrom = new Map<string, number>();
        let now = 0;
        for (const { wait, move, id } of steps) {
          now += wait;
          if (move === 'grant' && !leases.has(id)) {
            leases.set(id, lease(id, 2 + Number(id)));
            countedFrom.set(id, now);
          } else if (move === 'renew') {
            if (clock.renew(id, now)) countedFrom.set(id, now);
          } else if (move === 'revoke') leases.delete(id);
          else if (move === 'promote') clock.promote(now, leases.values());
          else if (move === 'demote') clock.demote();
          clock.follow(now, leases.values());
          for (const over of clock.expired(now, 9)) {
            const ttlMs = (leases.get(over)?.ttlSeconds ?? Number.POSITIVE_INFINITY) * 1000;
            expect(now - (countedFrom.get(over) ?? now)).toBeGreaterThanOrEqual(ttlMs);
          }
        }
      }),
      { seed: 1, numRuns: 500 },
    );
  });
});
