import { describe, expect, it } from '@jest/globals';
import { SeededRandom } from '@orrery/runtime';
import { OrderedKeys } from './ordered-keys.ts';

describe('ordered keys', () => {
  it('stay a sorted set through thousands of additions and deletions', () => {
    const random = new SeededRandom(1);
    const keys = new OrderedKeys();
    const model = new Set<string>();
    for (let step = 0; step < 20_000; step++) {
      const key = `key-${random.integer(5_000)}`;
      if (random.integer(3) > 0) {
        keys.add(key);
        model.add(key);
      } else {
        keys.delete(key);
        model.delete(key);
      }
    }
    const sorted = [...model].sort();
    expect(keys.size).toBe(sorted.length);
    expect([...keys.range('')]).toEqual(sorted);
    for (let probe = 0; probe < 200; probe++) {
      const [from, to] = [`key-${random.integer(5_000)}`, `key-${random.integer(5_000)}`];
      expect([...keys.range(from, to)]).toEqual(sorted.filter((key) => key >= from && key < to));
    }
  });
});
