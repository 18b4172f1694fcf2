import { describe, expect, it } from '@jest/globals';
import { SeededRandom } from '@orrery/runtime';
import { SlabArena } from './slab-arena.ts';

interface Place {
  slab: number;
  offset: number;
  readonly bytes: Buffer;
}

describe('the slab arena', () => {
  it('keeps every record as it was written, through moves, and gives back what is not used', () => {
    const random = new SeededRandom(3);
    const arena = new SlabArena(4 * 1024 * 1024);
    const places = new Map<number, Place>();
    const reclaim = () =>
      arena.reclaim(
        {
          isAt: (owner, slab, offset) => places.get(owner)?.slab === slab && places.get(owner)?.offset === offset,
          moved: (owner, slab, offset) => Object.assign(places.get(owner) as Place, { slab, offset }),
        },
        64 * 1024,
      );
    const views: [Uint8Array, Buffer][] = [];
    for (let owner = 0; owner < 12_000; owner++) {
      const length = random.integer(200) === 0 ? 300_000 + random.integer(50_000) : 1 + random.integer(3_000);
      const bytes = Buffer.alloc(length, owner % 251);
      const offset = arena.reserve(owner, length);
      arena.bytes(arena.reservedSlab).set(bytes, offset);
      places.set(owner, { slab: arena.reservedSlab, offset, bytes });
      if (owner % 500 === 0) views.push([arena.bytes(arena.reservedSlab).subarray(offset, offset + length), bytes]);
      // One in five stays for good.
      const old = owner - 400;
      const gone = old % 5 === 0 ? undefined : places.get(old);
      if (gone === undefined) continue;
      places.delete(old);
      arena.release(gone.slab, gone.bytes.length);
      reclaim();
    }
    while (reclaim());
    for (const { slab, offset, bytes } of places.values()) {
      expect(bytes.equals(arena.bytes(slab).subarray(offset, offset + bytes.length))).toBe(true);
    }
    // What somebody still looks at has not changed, although its slab may be gone.
    for (const [view, bytes] of views) expect(bytes.equals(view)).toBe(true);
    const used = [...places.values()].reduce((sum, { bytes }) => sum + bytes.length + 8, 0);
    expect(arena.bytesUsed).toBe(used);
    expect(arena.bytesAllocated).toBeLessThan(used / 0.75 + 8 * 1024 * 1024);
    for (const { slab, bytes } of places.values()) arena.release(slab, bytes.length);
    expect(arena.bytesUsed).toBe(0);
    expect(arena.bytesAllocated).toBeLessThanOrEqual(4 * 1024 * 1024);
  });

  it('sets aside little for little', () => {
    const arena = new SlabArena();
    arena.reserve(1, 100);
    expect(arena.bytesAllocated).toBeLessThanOrEqual(64 * 1024);
  });
});
