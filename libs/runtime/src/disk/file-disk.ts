import { mkdir, open as openHandle, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { type Disk, type DiskFile, DiskFullError } from './disk.ts';
import { FileDiskFile } from './file-disk-file.ts';
import { hasCode } from './system-error.ts';

/** Files being written by `writeFile` end so; what a crash left of them is never listed. */
const TEMPORARY = '.tmp~';

/** A folder of the machine's file system. */
export class FileDisk implements Disk {
  private temporaryCount = 0;

  constructor(private readonly root: string) {}

  async open(path: string): Promise<DiskFile> {
    const file = join(this.root, path);
    try {
      return await FileDiskFile.open(file);
    } catch (error) {
      if (!hasCode(error, 'ENOENT')) throw fullOr(error, path);
    }
    await this.makeFolder(dirname(file));
    try {
      const made = await FileDiskFile.open(file);
      await syncFolder(dirname(file));
      return made;
    } catch (error) {
      throw fullOr(error, path);
    }
  }

  async readFile(path: string): Promise<Uint8Array | undefined> {
    try {
      return await readFile(join(this.root, path));
    } catch (error) {
      if (hasCode(error, 'ENOENT')) return undefined;
      throw error;
    }
  }

  async writeFile(path: string, data: Uint8Array): Promise<void> {
    const file = join(this.root, path);
    this.temporaryCount += 1;
    const temporary = `${file}.${this.temporaryCount}${TEMPORARY}`;
    await this.makeFolder(dirname(file));
    try {
      await writeFile(temporary, data, { flush: true, mode: 0o600 });
      await rename(temporary, file);
      await syncFolder(dirname(file));
    } catch (error) {
      await rm(temporary, { force: true });
      throw fullOr(error, path);
    }
  }

  async rename(from: string, to: string): Promise<void> {
    const target = join(this.root, to);
    await this.makeFolder(dirname(target));
    await rename(join(this.root, from), target);
    await syncFolder(dirname(target));
  }

  async list(path: string): Promise<string[]> {
    try {
      const names = await readdir(join(this.root, path));
      return names.filter((name) => !name.endsWith(TEMPORARY)).sort();
    } catch (error) {
      if (hasCode(error, 'ENOENT')) return [];
      throw error;
    }
  }

  async remove(path: string): Promise<void> {
    const target = join(this.root, path);
    await rm(target, { recursive: true, force: true });
    try {
      await syncFolder(dirname(target));
    } catch (error) {
      if (!hasCode(error, 'ENOENT')) throw error;
    }
  }

  /** A new folder survives a power cut only after its parent has been synced. */
  private async makeFolder(folder: string): Promise<void> {
    try {
      const first = await mkdir(folder, { recursive: true });
      if (first !== undefined) await syncFolder(dirname(first));
    } catch (error) {
      throw fullOr(error, folder);
    }
  }
}

async function syncFolder(folder: string): Promise<void> {
  const handle = await openHandle(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

function fullOr(error: unknown, path: string): unknown {
  return hasCode(error, 'ENOSPC') || hasCode(error, 'EDQUOT') ? new DiskFullError(path, { cause: error }) : error;
}
