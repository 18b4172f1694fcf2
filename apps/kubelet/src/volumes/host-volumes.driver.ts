import { execFile } from 'node:child_process';
import {
  chmod,
  chown,
  lstat,
  mkdir,
  open,
  readdir,
  readFile,
  realpath,
  rename,
  rm,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { dirname, join, sep } from 'node:path';
import { promisify } from 'node:util';
import type { FolderOptions, PathKind, PayloadFile, VolumeDriver } from './volume-driver.ts';

const run = promisify(execFile);

/** Volumes on the machine's own file system. Folders in memory need root; without it they are ordinary folders. */
export class HostVolumes implements VolumeDriver {
  async makeFolder(path: string, { mode = 0o755, memory, group }: FolderOptions = {}): Promise<void> {
    const isNew = (await this.kindOf(path)) === 'missing';
    await mkdir(path, { recursive: true });
    if (memory && isRoot() && !(await mountsBelow(path)).includes(path)) {
      const size = memory.sizeBytes > 0 ? `,size=${memory.sizeBytes}` : '';
      await run('mount', ['-t', 'tmpfs', '-o', `mode=${mode.toString(8)}${size}`, 'tmpfs', path]);
    }
    if (!isNew) return;
    await chmod(path, mode);
    if (group !== undefined && isRoot()) {
      await chown(path, 0, group);
      await chmod(path, mode | 0o2070);
    }
  }

  /** Upstream's layout: files in a dated folder, `..data` links to it and is swapped by rename, visible names link through `..data`. */
  async writePayload(folder: string, files: readonly PayloadFile[], group?: number): Promise<void> {
    await mkdir(folder, { recursive: true });
    const previous = (await this.list(folder)).filter((name) => name.startsWith('..') && name !== '..data');
    const generation = `..payload_${nextGeneration(previous)}`;
    await mkdir(join(folder, generation), { mode: 0o755 });
    for (const file of files) {
      const path = join(folder, generation, file.path);
      await mkdir(dirname(path), { recursive: true });
      await writeFile(path, file.data);
      await chmod(path, group === undefined ? file.mode : file.mode | 0o440);
      if (group !== undefined && isRoot()) await chown(path, 0, group);
    }
    await rm(join(folder, '..data_tmp'), { force: true });
    await symlink(generation, join(folder, '..data_tmp'));
    await rename(join(folder, '..data_tmp'), join(folder, '..data'));
    await this.linkNames(folder, new Set(files.map(({ path }) => path.split('/')[0] ?? path)));
    for (const old of previous) await rm(join(folder, old), { recursive: true, force: true });
  }

  async writeFile(path: string, data: Uint8Array, mode: number): Promise<void> {
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, data);
    await chmod(path, mode);
  }

  async readFile(path: string, bytesMax: number): Promise<Uint8Array | undefined> {
    try {
      const file = await open(path);
      try {
        const { buffer, bytesRead } = await file.read(new Uint8Array(bytesMax), 0, bytesMax, 0);
        return buffer.subarray(0, bytesRead);
      } finally {
        await file.close();
      }
    } catch (error) {
      if (isMissing(error)) return undefined;
      throw error;
    }
  }

  async kindOf(path: string): Promise<PathKind> {
    try {
      const stat = await lstat(await realpath(path));
      if (stat.isDirectory()) return 'folder';
      if (stat.isSocket()) return 'socket';
      if (stat.isCharacterDevice()) return 'characterDevice';
      return stat.isBlockDevice() ? 'blockDevice' : 'file';
    } catch (error) {
      if (isMissing(error)) return 'missing';
      throw error;
    }
  }

  async resolveInside(folder: string, path: string): Promise<string | undefined> {
    const root = await realpath(folder);
    const wanted = join(folder, path);
    for (let existing = wanted; existing.startsWith(folder); existing = dirname(existing)) {
      try {
        const real = await realpath(existing);
        if (real !== root && !real.startsWith(root + sep)) return undefined;
        return join(real, wanted.slice(existing.length));
      } catch (error) {
        if (!isMissing(error)) throw error;
      }
    }
    return undefined;
  }

  async list(path: string): Promise<string[]> {
    try {
      return (await readdir(path)).sort();
    } catch (error) {
      if (isMissing(error)) return [];
      throw error;
    }
  }

  async remove(path: string): Promise<void> {
    await this.unmount(path);
    await rm(path, { recursive: true, force: true });
  }

  /** Ends all mounts at and below a folder; what lies on disk stays. */
  async unmount(path: string): Promise<void> {
    for (const mount of (await mountsBelow(path)).reverse()) await run('umount', ['-l', mount]);
  }

  private async linkNames(folder: string, names: ReadonlySet<string>): Promise<void> {
    for (const existing of await this.list(folder)) {
      if (!existing.startsWith('..') && !names.has(existing)) await rm(join(folder, existing), { force: true });
    }
    const present = new Set(await this.list(folder));
    for (const name of names) if (!present.has(name)) await symlink(join('..data', name), join(folder, name));
  }
}

function nextGeneration(previous: readonly string[]): number {
  const numbers = previous.map((name) => Number(name.slice('..payload_'.length))).filter((n) => Number.isInteger(n));
  return Math.max(0, ...numbers) + 1;
}

async function mountsBelow(path: string): Promise<string[]> {
  const table = await readFile('/proc/self/mountinfo', 'utf8').catch(() => '');
  const points = table.split('\n').map((line) => (line.split(' ')[4] ?? '').replaceAll('\\040', ' '));
  return points.filter((point) => point === path || point.startsWith(path + sep));
}

function isRoot(): boolean {
  return process.getuid?.() === 0;
}

function isMissing(error: unknown): boolean {
  const code = typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined;
  return code === 'ENOENT' || code === 'ENOTDIR';
}
