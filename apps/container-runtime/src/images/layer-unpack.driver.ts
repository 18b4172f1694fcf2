import { execFile } from 'node:child_process';
import { chmod, lchown, link, lstat, lutimes, mkdir, open, readdir, rm, symlink, utimes } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { readTar, type TarEntry } from '../tar/tar-reader.ts';
import { resolveInRoot } from './scoped-path.driver.ts';

const run = promisify(execFile);
const whiteout = '.wh.';
const opaque = '.wh..wh..opq';

/**
 * Applies a layer (a tar archive) to the folder that shows the layers below it: members are written, whiteouts delete. In an overlay mount
 * the kernel notes the deletions in its own form. Nothing outside of `root` is touched, whatever the archive says.
 */
export async function unpackLayer(tar: AsyncIterable<Uint8Array>, root: string): Promise<void> {
  const asRoot = process.geteuid?.() === 0;
  const written = new Set<string>();
  const folders: { path: string; mtime: number }[] = [];
  for await (const entry of readTar(tar)) {
    const name = basename(entry.path);
    const parent = await resolveInRoot(root, dirname(entry.path), { followLast: true });
    if (name === opaque) await emptyFolder(parent, written);
    else if (name.startsWith(whiteout)) await removeBelow(join(parent, name.slice(whiteout.length)), parent, written);
    else {
      await mkdir(parent, { recursive: true });
      const path = name === '' || name === '.' || name === '..' ? root : join(parent, name);
      if (path !== root && !path.startsWith(`${root}/`)) continue;
      await writeEntry(entry, path, root);
      // A hard link has its owner and mode from the file that it is.
      if (asRoot && entry.type !== 'hardlink') await lchown(path, entry.uid, entry.gid);
      // After the owner, because a change of owner clears the set-user-id bit.
      if (entry.type !== 'symlink' && entry.type !== 'hardlink') await chmod(path, entry.mode);
      if (entry.type === 'directory') folders.push({ path, mtime: entry.mtime });
      else await lutimes(path, entry.mtime, entry.mtime);
      for (let up = path; up.length > root.length; up = dirname(up)) written.add(up);
    }
  }
  for (const { path, mtime } of folders.reverse()) {
    const still = await lstat(path).catch(() => undefined);
    if (still?.isDirectory()) await utimes(path, mtime, mtime);
  }
}

async function writeEntry(entry: TarEntry, path: string, root: string): Promise<void> {
  const before = await lstat(path).catch(() => undefined);
  if (before && !(before.isDirectory() && entry.type === 'directory') && path !== root)
    await rm(path, { recursive: true });
  switch (entry.type) {
    case 'directory':
      if (!before?.isDirectory()) await mkdir(path);
      return;
    case 'file': {
      const file = await open(path, 'wx', 0o600);
      try {
        for await (const chunk of entry.content) await file.writeFile(chunk);
      } finally {
        await file.close();
      }
      return;
    }
    case 'symlink':
      return symlink(entry.linkTarget, path);
    case 'hardlink':
      return link(await resolveInRoot(root, entry.linkTarget, { followLast: false }), path);
    case 'fifo':
      await run('mkfifo', [path]);
      return;
    case 'characterDevice':
    case 'blockDevice': {
      const kind = entry.type === 'blockDevice' ? 'b' : 'c';
      await run('mknod', [path, kind, String(entry.deviceMajor), String(entry.deviceMinor)]);
      return;
    }
  }
}

/** Whiteouts speak of the layers below only: what this layer brought stays. */
async function emptyFolder(folder: string, written: ReadonlySet<string>): Promise<void> {
  for (const name of await readdir(folder).catch(() => [])) {
    const path = join(folder, name);
    if (written.has(path)) await emptyFolder(path, written);
    else await rm(path, { recursive: true, force: true });
  }
}

async function removeBelow(path: string, parent: string, written: ReadonlySet<string>): Promise<void> {
  if (dirname(path) !== parent || path === parent) return;
  if (!written.has(path)) await rm(path, { recursive: true, force: true });
}
