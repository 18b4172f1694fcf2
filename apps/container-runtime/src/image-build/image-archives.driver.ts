import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { copyFile, mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { archiveReferences } from '../images/archive-source.driver.ts';
import type { ImageFile } from './build-image.ts';

const run = promisify(execFile);

/** The file is not an image archive, or names no image. */
export class NoImageArchiveError extends Error {
  override readonly name = 'NoImageArchiveError';
  constructor(
    readonly path: string,
    options?: ErrorOptions,
  ) {
    super(`${path} is not an image archive (OCI layout or docker save) with a named image`, options);
  }
}

/** A static program with many names, as the files of an image: the program in /bin, and each name that it knows beside it. */
export async function busyboxFiles(busyboxPath = '/bin/busybox'): Promise<Record<string, ImageFile>> {
  const { stdout } = await run(busyboxPath, ['--list']);
  const files: Record<string, ImageFile> = {
    '/bin/busybox': { content: await readFile(busyboxPath), mode: 0o755 },
    '/etc/passwd': { content: 'root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/:/bin/false\n' },
    '/etc/group': { content: 'root:x:0:\nnogroup:x:65534:\n' },
  };
  for (const applet of stdout.split('\n').filter((name) => name !== '' && name !== 'busybox'))
    files[`/bin/${applet}`] = { symlinkTo: 'busybox' };
  return files;
}

/** Makes an image known to the nodes that look into `archivesFolder`. Resolves with the references that it holds. */
export async function importArchive(path: string, archivesFolder: string): Promise<{ references: string[] }> {
  const references = await archiveReferences(path).catch((error: unknown) => {
    throw new NoImageArchiveError(path, { cause: error });
  });
  if (references.length === 0) throw new NoImageArchiveError(path);
  await mkdir(archivesFolder, { recursive: true });
  const target = archivePath(archivesFolder, references.join(' '));
  await copyFile(path, `${target}.new`);
  await rename(`${target}.new`, target);
  return { references };
}

/** Like `importArchive`, for an archive that was just built. */
export async function storeArchive(archive: Uint8Array, reference: string, archivesFolder: string): Promise<void> {
  await mkdir(archivesFolder, { recursive: true });
  const target = archivePath(archivesFolder, reference);
  await writeFile(`${target}.new`, archive);
  await rename(`${target}.new`, target);
}

/** One file a set of references, so that a new build replaces the old one. */
function archivePath(archivesFolder: string, references: string): string {
  const readable = references.replace(/[^A-Za-z0-9.-]+/g, '_').slice(0, 80);
  const hash = createHash('sha256').update(references).digest('hex').slice(0, 8);
  return join(archivesFolder, `${readable}-${hash}.tar`);
}
