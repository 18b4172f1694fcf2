import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { PAGE_HEADER_BYTES, PageFlag, readPageHeader, viewOf } from '../format/page.ts';
import { bucketsOf, type Content, contentOf, fileOf, planned } from '../testing/small-files.ts';
import { planBoltFile } from './bolt-file.ts';

const names = fc.stringMatching(/^[0-9a-f]{1,40}$/);
const pairs = fc
  .uniqueArray(fc.tuple(names, fc.string({ maxLength: 3_000 })), { selector: ([key]) => key, maxLength: 200 })
  .map((found) => found.sort(([a], [b]) => (a < b ? -1 : 1)));
const contents: fc.Arbitrary<Content> = fc.dictionary(names, pairs, { maxKeys: 5 });

/** Each page of the file, what it goes on over skipped. */
function pagesOf(file: Uint8Array, pageBytes: number) {
  const headers = [];
  for (let at = 0; at < file.length; ) {
    const header = readPageHeader(viewOf(file.subarray(at, at + PAGE_HEADER_BYTES)));
    expect(header.id).toBe(at / pageBytes);
    headers.push(header);
    at += (header.overflow + 1) * pageBytes;
  }
  return headers;
}

describe('a written file', () => {
  it('reads as what went in, and is as large as was planned', async () => {
    await fc.assert(
      fc.asyncProperty(contents, fc.constantFrom(1024, 4096), async (content, pageBytes) => {
        const file = fileOf(content, pageBytes);
        expect(file.length).toBe(planned(bucketsOf(content), pageBytes).bytes);
        expect(await contentOf(file)).toEqual({ ...content });
      }),
      { seed: 11 },
    );
  });

  it('has at least two children in each branch, over several levels', async () => {
    const keys = Array.from(
      { length: 2_000 },
      (_, n) => [`${String(n).padStart(5, '0')}${'k'.repeat(200)}`, ''] as const,
    );
    for (let count = 1; count <= keys.length; count += 37) {
      const file = fileOf({ keys: keys.slice(0, count) }, 1024);
      const branches = pagesOf(file, 1024).filter(({ flags }) => flags === PageFlag.BRANCH);
      expect(branches.every((branch) => branch.count >= 2)).toBe(true);
      expect((await contentOf(file)).keys).toHaveLength(count);
    }
  });

  it('holds values larger than a page, and keys as large as bbolt takes them', async () => {
    const content = {
      big: [
        ['a', 'x'.repeat(1_500_000)],
        ['b'.repeat(32_768), 'y'],
        ['c', 'z'],
      ],
    } as const;
    const file = fileOf(content);
    expect(await contentOf(file)).toEqual(content);
    expect(pagesOf(file, 4096).some(({ overflow }) => overflow > 300)).toBe(true);
  });

  it.each([
    [
      'twice the same key',
      [
        ['a', ''],
        ['a', ''],
      ],
    ],
    [
      'keys out of order',
      [
        ['b', ''],
        ['a', ''],
      ],
    ],
    ['an empty key', [['', '']]],
    ['a key beyond the limit', [['a'.repeat(32_769), '']]],
  ] as const)('is refused for %s', (_, pairs) => {
    expect(() => fileOf({ bucket: pairs })).toThrow();
  });

  it('is planned with pauses', () => {
    const keys = Array.from({ length: 10_000 }, (_, n) => [String(n).padStart(5, '0'), ''] as const);
    expect([...planBoltFile(bucketsOf({ keys }))]).toHaveLength(10);
  });
});
