import { describe, expect, it } from '@jest/globals';
import { snapshotTable } from './snapshot-table.ts';

describe('the status of a snapshot', () => {
  it.each([
    [20_480, '20 kB'],
    [131_072, '131 kB'],
    [2_469_888, '2.5 MB'],
    [999, '999 B'],
    [1_000, '1.0 kB'],
  ])('says of %i bytes %j', (totalBytes, size) => {
    expect(snapshotTable({ hash: 0x9b091c9e, revision: 7, totalKeys: 3, totalBytes })).toBe(`9b091c9e, 7, 3, ${size}`);
  });
});
