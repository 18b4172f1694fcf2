import { describe, expect, it } from '@jest/globals';
import { WritePace } from './write-pace.ts';

function paceAfter(...writesMs: readonly number[]): WritePace {
  const pace = new WritePace();
  for (const ms of writesMs) pace.note(4096, ms);
  return pace;
}

describe('WritePace', () => {
  it('waits for a device that has always been quick, also over a single slow write', () => {
    expect(new WritePace().isQuick(4096)).toBe(true);
    expect(paceAfter(...Array(20).fill(0.2), 15).isQuick(4096)).toBe(true);
  });

  it('does not wait for a slow device, nor for a large write', () => {
    expect(paceAfter(...Array(20).fill(8)).isQuick(4096)).toBe(false);
    expect(paceAfter(0.2).isQuick(8 * 1024 * 1024)).toBe(false);
  });

  it('waits again only when the device has become clearly quicker', () => {
    const slow = Array(20).fill(8);
    expect(paceAfter(...slow, ...Array(40).fill(2)).isQuick(4096)).toBe(false);
    expect(paceAfter(...slow, ...Array(40).fill(0.2)).isQuick(4096)).toBe(true);
  });

  it('learns nothing from large writes', () => {
    const pace = new WritePace();
    for (let n = 0; n < 20; n++) pace.note(8 * 1024 * 1024, 100);
    expect(pace.isQuick(4096)).toBe(true);
  });
});
