import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { Disk } from './disk.ts';

/** What every `Disk` does. */
export function describeDisk(name: string, makeDisk: () => Promise<{ disk: Disk; destroy(): Promise<void> }>): void {
  describe(`${name} as a disk`, () => {
    let disk: Disk;
    let destroy: () => Promise<void>;

    beforeEach(async () => {
      ({ disk, destroy } = await makeDisk());
    });
    afterEach(() => destroy());

    it('appends to a file and reads any part of it', async () => {
      const file = await disk.open('a/b/log');
      await file.append(bytes('hello '));
      await file.append(bytes('world'));
      await file.sync();
      expect(file.size).toBe(11);
      expect(text(await file.read(6, 3))).toBe('wor');
      expect(text(await file.read(6, 100))).toBe('world');
      expect(text(await file.read(50, 10))).toBe('');
      await file.close();
      await file.close();
    });

    it('goes on at the end of a file that is opened again', async () => {
      const first = await disk.open('log');
      await first.append(bytes('one'));
      await first.close();
      const second = await disk.open('log');
      expect(second.size).toBe(3);
      await second.append(bytes('two'));
      await second.close();
      expect(text(await disk.readFile('log'))).toBe('onetwo');
    });

    it('cuts a file, and appends after the cut', async () => {
      const file = await disk.open('log');
      await file.append(bytes('abcdef'));
      await file.truncate(2);
      await file.append(bytes('X'));
      await file.close();
      expect(text(await disk.readFile('log'))).toBe('abX');
    });

    it('overwrites in the middle and writes beyond the end', async () => {
      const file = await disk.open('log');
      await file.writeDurably(0, bytes('abcdef'));
      await file.writeDurably(2, bytes('XY'));
      await file.writeDurably(8, bytes('Z'));
      expect(file.size).toBe(9);
      expect(await file.read(0, 9)).toEqual(bytes('abXYef\0\0Z'));
      await file.append(bytes('!'));
      await file.close();
      expect(text(await disk.readFile('log'))).toBe('abXYef\0\0Z!');
    });

    it('allocates zeros behind the end, and leaves what is there', async () => {
      const file = await disk.open('log');
      await file.append(bytes('abc'));
      await file.allocate(3 * 1024 * 1024 + 1);
      expect(file.size).toBe(3 * 1024 * 1024 + 1);
      await file.allocate(10);
      expect(file.size).toBe(3 * 1024 * 1024 + 1);
      expect(await file.read(0, 5)).toEqual(bytes('abc\0\0'));
      expect(await file.read(3 * 1024 * 1024, 5)).toEqual(bytes('\0'));
      await file.truncate(1);
      await file.allocate(3);
      expect(await file.read(0, 5)).toEqual(bytes('a\0\0'));
      await file.close();
    });

    it('renames a file over another, also into a new folder', async () => {
      await disk.writeFile('a', bytes('new'));
      await disk.writeFile('b', bytes('old'));
      await disk.rename('a', 'b');
      expect(await disk.readFile('a')).toBeUndefined();
      expect(text(await disk.readFile('b'))).toBe('new');
      await disk.rename('b', 'f/c');
      expect(await disk.list('f')).toEqual(['c']);
      await expect(disk.rename('nothing', 'b')).rejects.toMatchObject({ code: 'ENOENT' });
    });

    it('replaces files as a whole and lists what there is, sorted', async () => {
      await disk.writeFile('f/b', bytes('1'));
      await disk.writeFile('f/a', bytes('1'));
      await disk.writeFile('f/a', bytes('2'));
      await disk.writeFile('f/sub/c', bytes('3'));
      expect(await disk.list('f')).toEqual(['a', 'b', 'sub']);
      expect(text(await disk.readFile('f/a'))).toBe('2');
    });

    it('removes files and folders; nothing happens where there is none', async () => {
      await disk.writeFile('f/a', bytes('1'));
      await disk.remove('f');
      await disk.remove('f');
      expect(await disk.list('f')).toEqual([]);
      expect(await disk.readFile('f/a')).toBeUndefined();
    });
  });
}

function bytes(value: string): Uint8Array {
  return new Uint8Array(Buffer.from(value));
}

function text(data: Uint8Array | undefined): string {
  return Buffer.from(data ?? []).toString();
}
