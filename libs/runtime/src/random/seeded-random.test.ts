import { describe, expect, it } from '@jest/globals';
import { SeededIds } from './seeded-ids.ts';
import { SeededRandom } from './seeded-random.ts';

const take = (random: SeededRandom): number[] => Array.from({ length: 1_000 }, () => random.next());

describe('SeededRandom', () => {
  it('gives the same numbers for the same seed, others for another', () => {
    expect(take(new SeededRandom(1))).toEqual(take(new SeededRandom(1)));
    expect(take(new SeededRandom(1))).not.toEqual(take(new SeededRandom(2)));
    expect(take(new SeededRandom('1/a'))).not.toEqual(take(new SeededRandom('1/b')));
  });

  it('spreads over [0, 1), and integers over their range', () => {
    const numbers = take(new SeededRandom(3));
    expect(Math.min(...numbers)).toBeGreaterThanOrEqual(0);
    expect(Math.max(...numbers)).toBeLessThan(1);
    expect(numbers.reduce((sum, n) => sum + n) / numbers.length).toBeCloseTo(0.5, 1);
    const random = new SeededRandom(4);
    expect(new Set(Array.from({ length: 200 }, () => random.integer(6)))).toEqual(new Set([0, 1, 2, 3, 4, 5]));
  });
});

describe('SeededIds', () => {
  it('makes well-formed identifiers, the same for the same seed', () => {
    const ids = new SeededIds(1);
    const [uuid, suffix] = [ids.uuid(), ids.suffix(5)];
    expect(uuid).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(suffix).toMatch(/^[bcdfghjklmnpqrstvwxz2456789]{5}$/);
    const again = new SeededIds(1);
    expect([again.uuid(), again.suffix(5)]).toEqual([uuid, suffix]);
    expect(ids.uuid()).not.toBe(uuid);
  });
});
