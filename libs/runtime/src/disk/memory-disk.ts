import { invariant } from '../invariant.ts';
import type { Random } from '../random/random.ts';
import { type Disk, type DiskFile, DiskFullError } from './disk.ts';
import { MemoryFile } from './memory-file.ts';

export interface CrashOptions {
  /** With it, each file keeps a random part of what was not synced, its last byte damaged: a torn write. Without it, nothing of it. */
  readonly tornTail?: Random;
}

/**
 * A disk in memory that can lose what a real one may lose. Creating, replacing, removing and truncating a file is durable at once, as `FileDisk`
 * makes it; appended bytes are durable after `sync`.
 */
export class MemoryDisk implements Disk {
  private readonly files = new Map<string, MemoryFile>();
  /** Bytes that may still be written; `undefined`: as many as you like. */
  private bytesFree: number | undefined;

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

  async list(path: string): Promise<string[]> {
    const folder = normalized(path);
    const prefix = folder === '' ? '' : `${folder}/`;
    const names = [...this.files.keys()].filter((key) => key.startsWith(prefix));
    return [...new Set(names.map((key) => key.slice(prefix.length).split('/')[0] ?? ''))].sort();
  }

  async remove(path: string): Promise<void> {
    const target = normalized(path);
    for (const key of [...this.files.keys()]) {
      if (key === target || key.startsWith(`${target}/`)) this.files.delete(key);
    }
  }

  /** Power cut: what was not synced is lost, and files that were open can no longer be used. */
  crash(options: CrashOptions = {}): void {
    for (const file of this.files.values()) file.crash(options.tornTail);
  }

  /** From now on only `bytesFree` more bytes can be written; then `DiskFullError`. */
  fillUp(bytesFree = 0): void {
    this.bytesFree = bytesFree;
  }

  /** Ends what `fillUp` began. */
  freeUp(): void {
    this.bytesFree = undefined;
  }

  private claim(path: string, length: number): void {
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
