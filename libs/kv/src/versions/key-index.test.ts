import { describe, expect, it } from '@jest/globals';
import { SeededRandom } from '@orrery/runtime';
import { KeyIndex } from './key-index.ts';
import { NONE } from './version-table.ts';

describe('the key index', () => {
  it('stays a sorted map that counts what exists, through thousands of changes', () => {
    const random = new SeededRandom(1);
    const index = new KeyIndex();
    const model = new Map<string, { version: number; exists: boolean }>();
    for (let step = 0; step < 30_000; step++) {
      const key = `key-${random.integer(5_000)}`;
      const known = model.get(key);
      const move = random.integer(4);
      if (move > 1) {
        index.set(key, step, true);
        model.set(key, { version: step, exists: true });
      } else if (move === 1 && known !== undefined) {
        index.set(key, step, false);
        model.set(key, { version: step, exists: false });
      } else if (known?.exists === false) {
        index.delete(index.find(key));
        model.delete(key);
      }
    }
    const sorted = [...model].sort(([a], [b]) => (a < b ? -1 : 1));
    expect([index.size, index.live]).toEqual([model.size, sorted.filter(([, { exists }]) => exists).length]);
    for (const [key, { version }] of sorted) expect(index.newest(index.find(key))).toBe(version);
    expect(index.find('key-')).toBe(NONE);
    for (let probe = 0; probe < 300; probe++) {
      const [from, to] = [`key-${random.integer(5_000)}`, `key-${random.integer(5_000)}`];
      const inside = sorted.filter(([key]) => key >= from && (probe % 10 === 0 || key < to));
      const end = probe % 10 === 0 ? undefined : to;
      const existing = inside.filter(([, { exists }]) => exists).map(([key]) => key);
      expect(visited(index, from, end, false)).toEqual(inside.map(([key]) => key));
      expect(visited(index, from, end, true)).toEqual(existing);
      expect(index.countLive(from, end)).toBe(existing.length);
    }
  });

  it('stops when it is told to', () => {
    const index = new KeyIndex();
    for (const key of ['a', 'b', 'c']) index.set(key, 1, true);
    const seen: string[] = [];
    index.visit('', undefined, false, (id) => seen.push(index.name(id)) < 2);
    expect(seen).toEqual(['a', 'b']);
  });
});

function visited(index: KeyIndex, from: string, to: string | undefined, existing: boolean): string[] {
  const keys: string[] = [];
  index.visit(from, to, existing, (id) => keys.push(index.name(id)) > 0);
  return keys;
}
