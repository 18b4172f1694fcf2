import {
  type Disk,
  type DiskFile,
  DiskFullError,
  invariant,
  type Milliseconds,
  type Random,
  type VirtualTime,
} from '@orrery/runtime';
import { type Life, never } from '../machine/life.ts';
import { SimulatedFile } from './simulated-file.ts';

/** The device failed to write; the kernel's EIO. */
export class SimulatedDiskError extends Error {
  override readonly name = 'SimulatedDiskError';
  readonly code = 'EIO';
  constructor(readonly path: string) {
    super(`EIO: i/o error, fdatasync ${path}`);
  }
}

/** Why syncs fail: not at all, the next one only, or all from now on. */
export type SyncFailure = 'none' | 'once' | 'always';

/** An fdatasync takes between these, evenly spread; a slow disk takes `slowness` times as long. */
const SYNC_MS = { least: 0.3, most: 4 };
const READ_MS = 0.05;

/**
 * The disk of one machine. It outlives the machine's processes and does what real ones do at their worst: loses and tears what was not synced,
 * fails, fills up, is slow, rots. Creating, replacing, removing and truncating a file is durable at once, as the contract of `Disk` says.
 */
export class SimulatedDisk {
  readonly #files = new Map<string, SimulatedFile>();
  #bytesFree: number | undefined;
  syncFailure: SyncFailure = 'none';
  slowness = 1;

  constructor(
    private readonly time: VirtualTime,
    private readonly random: Random,
  ) {}

  /** The disk as one process sees it: for a dead one no operation ever ends. */
  mount(life: Life): Disk {
    const file = (path: string): SimulatedFile | undefined => this.#files.get(normalized(path));
    const wait = (ms: Milliseconds): Promise<void> => this.#wait(ms, life);
    return {
      open: async (path) => {
        await wait(READ_MS);
        return this.#handle(normalized(path), life);
      },
      readFile: async (path) => {
        await wait(READ_MS);
        return file(path)?.contents();
      },
      writeFile: async (path, data) => {
        await wait(this.#syncMs());
        this.#replace(normalized(path), data);
      },
      rename: async (from, to) => {
        await wait(this.#syncMs());
        this.#rename(normalized(from), normalized(to));
      },
      list: async (path) => {
        await wait(READ_MS);
        return this.#list(normalized(path));
      },
      remove: async (path) => {
        await wait(READ_MS);
        this.#remove(normalized(path));
      },
    };
  }

  /** Power cut. */
  crash(): void {
    for (const file of this.#files.values()) file.crash(this.random);
  }

  /** From now on only `bytesFree` more bytes can be written; `undefined`: as many as you like. */
  limit(bytesFree: number | undefined): void {
    this.#bytesFree = bytesFree;
  }

  /** A bit flips in what some file has held for a while. Answers where; `undefined` where there is no such file. */
  rot(): { path: string; offset: number } | undefined {
    const paths = [...this.#files].filter(([, file]) => file.isSettled).map(([path]) => path);
    if (paths.length === 0) return undefined;
    const path = paths[this.random.integer(paths.length)] ?? '';
    const offset = this.#files.get(path)?.rot(this.random);
    return offset === undefined ? undefined : { path, offset };
  }

  /** As an operator who replaces the device. */
  wipe(): void {
    this.#files.clear();
  }

  get bytes(): number {
    return [...this.#files.values()].reduce((sum, { size }) => sum + size, 0);
  }

  #handle(path: string, life: Life): DiskFile {
    const file = this.#files.get(path) ?? new SimulatedFile();
    this.#files.set(path, file);
    let closed = false;
    const ready = (): Promise<void> | undefined => {
      invariant(!closed, `${path} is closed`);
      return life.isOver ? never() : undefined;
    };
    return {
      get size() {
        return file.size;
      },
      append: async (data) => {
        await ready();
        this.#claim(path, data.length);
        file.write(file.size, data);
      },
      writeDurably: async (offset, data) => {
        await ready();
        this.#claimOver(path, file, offset, data);
        const end = offset + data.length;
        file.write(offset, data);
        await this.#wait(this.#syncMs(), life);
        this.#failWhereDue(path, file);
        file.keepRegion(offset, end);
      },
      allocate: async (size) => {
        await ready();
        this.#claim(path, Math.max(0, size - file.size));
        await this.#wait(this.#syncMs(), life);
        file.allocate(size);
      },
      read: async (offset, length) => {
        await ready();
        return file.read(offset, length);
      },
      truncate: async (size) => {
        await ready();
        file.truncate(size);
      },
      sync: async () => {
        await ready();
        const end = file.beginSync();
        await this.#wait(this.#syncMs(), life);
        this.#failWhereDue(path, file);
        end();
      },
      close: async () => {
        closed = true;
      },
    };
  }

  #replace(path: string, data: Uint8Array): void {
    this.#claim(path, data.length);
    const file = new SimulatedFile();
    file.write(0, data);
    file.beginSync()();
    this.#files.set(path, file);
  }

  #list(folder: string): string[] {
    const prefix = folder === '' ? '' : `${folder}/`;
    const names = [...this.#files.keys()].filter((path) => path.startsWith(prefix));
    return [...new Set(names.map((path) => path.slice(prefix.length).split('/')[0] ?? ''))].sort();
  }

  #remove(target: string): void {
    for (const path of [...this.#files.keys()]) {
      if (path === target || path.startsWith(`${target}/`)) this.#files.delete(path);
    }
  }

  #rename(from: string, to: string): void {
    const file = this.#files.get(from);
    if (file === undefined) throw Object.assign(new Error(`ENOENT: no such file, rename ${from}`), { code: 'ENOENT' });
    this.#files.delete(from);
    this.#files.set(to, file);
  }

  #claim(path: string, length: number): void {
    if (this.#bytesFree === undefined) return;
    if (length > this.#bytesFree) throw new DiskFullError(path);
    this.#bytesFree -= length;
  }

  /** What lies within the file needs no new space; where there is none, the file ends where the write began. */
  #claimOver(path: string, file: SimulatedFile, offset: number, data: Uint8Array): void {
    try {
      this.#claim(path, Math.max(0, offset + data.length - file.size));
    } catch (error) {
      file.truncate(offset);
      file.beginSync()();
      throw error;
    }
  }

  #failWhereDue(path: string, file: SimulatedFile): void {
    if (this.syncFailure === 'none') return;
    if (this.syncFailure === 'once') this.syncFailure = 'none';
    file.failSync(this.random);
    throw new SimulatedDiskError(path);
  }

  #syncMs(): Milliseconds {
    const { least, most } = SYNC_MS;
    return (least + this.random.next() * (most - least)) * this.slowness;
  }

  #wait(ms: Milliseconds, life: Life): Promise<void> {
    return new Promise((resolve) => {
      this.time.after(ms, () => life.run(resolve));
    });
  }
}

function normalized(path: string): string {
  const parts = path.split('/').filter((part) => part !== '' && part !== '.');
  invariant(!parts.includes('..'), `the path ${path} leaves the disk`);
  return parts.join('/');
}
