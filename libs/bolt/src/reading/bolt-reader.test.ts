import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { memoryFile } from '../testing/memory-file.ts';
import { contentOf, fileOf } from '../testing/small-files.ts';
import { BoltDamagedError, BoltVersionError, NotBoltError } from './bolt-errors.ts';
import { BoltReader } from './bolt-reader.ts';

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const keys = Array.from({ length: 3_000 }, (_, n) => [String(n).padStart(6, '0'), `value ${n}`] as const);
const file = fileOf({ numbers: keys, empty: [] });

async function readAll(data: Uint8Array): Promise<void> {
  const reader = await BoltReader.open(memoryFile(data));
  for await (const item of reader.root.items()) {
    if (item.kind !== 'bucket') continue;
    for await (const _ of item.bucket.items());
  }
}

const changed = (at: number, byte: number): Uint8Array => {
  const copy = new Uint8Array(file);
  copy[at] = byte;
  return copy;
};

describe('the reader', () => {
  it('finds single keys', async () => {
    const reader = await BoltReader.open(memoryFile(file));
    const numbers = await reader.bucket('numbers');
    for (const [key, value] of keys.filter((_, n) => [0, 1_234, 2_999].includes(n))) {
      expect(await numbers?.get(bytes(key))).toEqual({ kind: 'value', key: bytes(key), value: bytes(value) });
    }
    expect(await numbers?.get(bytes('001234x'))).toBeUndefined();
    expect(await numbers?.get(bytes(''))).toBeUndefined();
    expect(await reader.bucket('none')).toBeUndefined();
  });

  it('goes on with the second meta page where the first is torn', async () => {
    expect(await contentOf(changed(16 + 30, 0xff))).toEqual({ numbers: keys, empty: [] });
  });

  it('says what a file is that it cannot read', async () => {
    await expect(BoltReader.open(memoryFile(bytes('hello')))).rejects.toThrow(NotBoltError);
    await expect(BoltReader.open(memoryFile(new Uint8Array(20_000)))).rejects.toThrow(NotBoltError);
    const newer = changed(16 + 4, 3);
    newer[4096 + 16 + 4] = 3;
    await expect(BoltReader.open(memoryFile(newer))).rejects.toThrow(BoltVersionError);
    const torn = changed(16 + 30, 0xff);
    torn[4096 + 16 + 30] = 0xff;
    await expect(BoltReader.open(memoryFile(torn))).rejects.toThrow(BoltDamagedError);
    await expect(BoltReader.open(memoryFile(file.subarray(0, file.length - 1)))).rejects.toThrow('damaged at page');
  });

  it('notices a page that is another one, keys out of order and elements beyond their page', async () => {
    await expect(readAll(changed(4 * 4096, 7))).rejects.toThrow('damaged at page 4: the page calls itself 7');
    await expect(readAll(changed(4 * 4096 + 16 + 13, 0xff))).rejects.toThrow('an element ends at byte');
    const lastKeyByte = file.subarray(0, 5 * 4096).lastIndexOf('v'.charCodeAt(0)) - 1;
    await expect(readAll(changed(lastKeyByte, 0))).rejects.toThrow('keys are out of order');
  });

  it('ends with an answer or a typed error whatever byte is changed', async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(file.length - 1), fc.nat(255), async (at, byte) => {
        const outcome = await readAll(changed(at, byte)).catch((error: unknown) => error);
        const expected = [undefined, BoltDamagedError, BoltVersionError, NotBoltError];
        expect(expected).toContain(outcome === undefined ? undefined : (outcome as Error).constructor);
      }),
      { seed: 5, numRuns: 300 },
    );
  });
});
