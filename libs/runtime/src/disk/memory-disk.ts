import { invariant } from '../invariant.ts';
import type { Random } from '../random/random.ts';
import { type Disk, type DiskFile, DiskFullError } from './disk.ts';
import { MemoryFile } from './memory-file.ts';

export interface CrashOptions {
  /**
   * With it, each 512-byte sector that was written and not synced is new, old or half and half, in any order; so is the file's length. Without
   * it, nothing of it is left.
   */
  readonly tornTail?: Random;
}

/**
 * A disk in memory that can lose what a real one may lose. Creating, replacing, renaming and removing a file is durable at once, as `FileDisk`
 * makes it; what is written to or cut from an open file is durable after `sync`.
 */
export class MemoryDisk implements Disk {
  private readonly files = new Map<string, MemoryFile>();
  /** Bytes that may still be written; `undefined`: as many as you like. */
  private bytesFree: number | undefined;
  private broken = false;

  async open(path: string): Promise<DiskFile> {
    const key = normalized(path);
    let file = this.files.get(key);
    if (file === undefined) {
      file = new MemoryFile();
      this.files.set(key, file);
    }
    return file.open((length) => this.claim(key, length));
  }

  async readFile(path: string): Promise<Uint8Array | undefined> {
    return this.files.get(normalized(path))?.contents();
  }

  async writeFile(path: string, data: Uint8Array): Promise<void> {
    const key = normalized(path);
    this.claim(key, data.length);
    this.files.set(key, MemoryFile.durable(data));
  }

  async rename(from: string, to: string): Promise<void> {
    const file = this.files.get(normalized(from));
    if (file === undefined) throw Object.assign(new Error(`there is no file ${from}`), { code: 'ENOENT' });
    this.files.delete(normalized(from));
    this.files.set(normalized(to), file);
  }

  async list(path: string): Promise<string[]> {
    const folder = normalized(path);
    const prefix = folder === '' ? '' : `${folder}/`;
    const names = [...this.files.keys()].filter((key) => key.startsWith(prefix));
    return [...new Set(names.map((key) => key.slice(prefix.length).split('/')[0] ?? ''))].sort();
  }

  async remove(path: string): Promise<void> {
    const target = normalized(path);
    for (const key of [...this.files.keys()]) {
      if (target === '' || key === target || key.startsWith(`${target}/`)) this.files.delete(key);
    }
  }

  /** Power cut: what was not synced is lost, and files that were open can no longer be used. */
  crash(options: CrashOptions = {}): void {
    for (const file of this.files.values()) file.crash(options.tornTail);
  }

  /** Bit rot: inverts bits of one byte that was safe on the device. */
  damage(path: string, offset: number, bits = 0xff): void {
    const file = this.files.get(normalized(path));
    invariant(file !== undefined, `there is no file ${path} to damage`);
    file.damage(offset, bits);
  }

  /** Bytes in all files together. */
  get bytesUsed(): number {
    return [...this.files.values()].reduce((sum, { size }) => sum + size, 0);
  }

  /** From now on only `bytesFree` more bytes can be written; then `DiskFullError`. */
  fillUp(bytesFree = 0): void {
    this.bytesFree = bytesFree;
  }

  /** From now on every write and sync fails as on a broken device. */
  breakDown(): void {
    this.broken = true;
  }

  /** Ends what `fillUp` began. */
  freeUp(): void {
    this.bytesFree = undefined;
  }

  private claim(path: string, length: number): void {
    if (this.broken) throw Object.assign(new Error(`input/output error while writing ${path}`), { code: 'EIO' });
    if (this.bytesFree === undefined) return;
    if (length > this.bytesFree) throw new DiskFullError(path);
    this.bytesFree -= length;
  }
}

function normalized(path: string): string {
  const parts = path.split('/').filter((part) => part !== '' && part !== '.');
  invariant(!parts.includes('..'), `the path ${path} leaves the disk`);
  return parts.join('/');
}
