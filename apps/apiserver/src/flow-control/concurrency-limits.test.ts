import { describe, expect, it } from '@jest/globals';
import type { PriorityLevelConfiguration } from '@orrery/api';
import fc from 'fast-check';
import { allocateSeats, concurrencyLimits } from './concurrency-limits.ts';
import { defaultPriorityLevels } from './default-objects.ts';
import { dealHand } from './shuffle-sharding.ts';

describe('seats', () => {
  it('are divided by shares, as upstream divides its 600', () => {
    const levels = defaultPriorityLevels.map(({ name, spec }) => ({ metadata: { name }, spec }));
    const limits = concurrencyLimits(levels as unknown as PriorityLevelConfiguration[], 600);
    expect(Object.fromEntries([...limits].map(([name, { nominal, min }]) => [name, [nominal, min]]))).toEqual({
      exempt: [0, 0],
      'catch-all': [13, 13],
      system: [74, 50],
      'node-high': [98, 73],
      'leader-election': [25, 25],
      'workload-high': [98, 49],
      'workload-low': [245, 24],
      'global-default': [49, 24],
    });
  });

  it('go to whom has demand, and nobody loses what is his own', () => {
    const idle = { min: 24, max: Number.POSITIVE_INFINITY, demand: 0 };
    const busy = { min: 50, max: Number.POSITIVE_INFINITY, demand: 400 };
    const capped = { min: 10, max: 20, demand: 400 };
    expect(allocateSeats([idle, busy, capped], 600)).toEqual([24, 556, 20]);
  });

  it('never exceed a level’s bounds, whatever the demand', () => {
    const claim = fc
      .tuple(fc.nat(100), fc.nat(200), fc.nat(1_000))
      .map(([min, more, demand]) => ({ min, max: min + more, demand }));
    fc.assert(
      fc.property(fc.array(claim, { minLength: 1, maxLength: 10 }), (claims) => {
        for (const [index, seats] of allocateSeats(claims, 600).entries()) {
          const { min = 0, max = 0 } = claims[index] ?? {};
          expect(seats).toBeGreaterThanOrEqual(min);
          expect(seats).toBeLessThanOrEqual(Math.max(1, max));
        }
      }),
    );
  });
});

describe('a hand', () => {
  it('has as many different cards as asked for, all of the deck', () => {
    fc.assert(
      fc.property(fc.nat(2 ** 48 - 1), fc.integer({ min: 8, max: 128 }), (hash, deckSize) => {
        const hand = dealHand(hash, deckSize, 8);
        expect(new Set(hand).size).toBe(8);
        expect(hand.every((card) => card >= 0 && card < deckSize)).toBe(true);
      }),
    );
  });
});
