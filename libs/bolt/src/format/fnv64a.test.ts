import { describe, expect, it } from '@jest/globals';
import { fnv64a } from './fnv64a.ts';

describe('FNV-1a', () => {
  it.each([
    ['', 0xcbf29ce484222325n],
    ['a', 0xaf63dc4c8601ec8cn],
    ['foobar', 0x85944171f73967e8n],
  ])('gives for %j what its authors publish', (text, hash) => {
    expect(fnv64a(new TextEncoder().encode(text))).toBe(hash);
  });
});
