import { describe, expect, it } from '@jest/globals';
import { InflightWindow } from './inflight-window.ts';

describe('the window of appends under way', () => {
  it('is full at so many appends', () => {
    const window = new InflightWindow(2, 1_000);
    window.add(1, 10);
    expect(window.isFull).toBe(false);
    window.add(2, 10);
    expect(window.isFull).toBe(true);
    window.freeTo(1);
    expect(window).toMatchObject({ count: 1, bytes: 10, isFull: false });
  });

  it('is full at so many bytes', () => {
    const window = new InflightWindow(10, 100);
    window.add(1, 99);
    expect(window.isFull).toBe(false);
    window.add(2, 1);
    expect(window.isFull).toBe(true);
  });

  it('is freed by an answer to a later append too, and stays small', () => {
    const window = new InflightWindow(4, 1_000);
    for (let index = 1; index <= 1_000; index++) {
      window.add(index, 1);
      if (index % 3 === 0) window.freeTo(index);
      expect(window.count).toBe(index % 3);
      expect(window.bytes).toBe(index % 3);
    }
  });

  it('makes room for one where an answer may be lost', () => {
    const window = new InflightWindow(2, 1_000);
    window.freeFirst();
    expect(window).toMatchObject({ count: 0, bytes: 0 });
    window.add(5, 7);
    window.add(6, 8);
    window.freeFirst();
    expect(window).toMatchObject({ count: 1, bytes: 8, isFull: false });
    window.clear();
    expect(window).toMatchObject({ count: 0, bytes: 0 });
  });
});
