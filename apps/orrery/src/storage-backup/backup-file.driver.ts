import { type FileHandle, link, open, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { RandomAccess } from '@orrery/bolt';

/** The file is there already; it was not touched. */
export class FileExistsError extends Error {
  override readonly name = 'FileExistsError';
  constructor(
    readonly path: string,
    options?: ErrorOptions,
  ) {
    super(`${path} exists already; a backup never replaces a file`, options);
  }
}

/** There is no such file, or it may not be read. */
export class FileNotReadableError extends Error {
  override readonly name = 'FileNotReadableError';
  constructor(
    readonly path: string,
    options?: ErrorOptions,
  ) {
    super(`${path} cannot be read`, options);
  }
}

/**
 * Writes a file that nobody but its owner can read, aside first: under its name it is whole and safe on disk. Throws `FileExistsError` and what the
 * chunks throw; then nothing is left behind.
 */
export async function writeNewFile(path: string, chunks: AsyncIterable<Uint8Array>): Promise<void> {
  const aside = `${path}.part`;
  await rm(aside, { force: true });
  const handle = await open(aside, 'wx', 0o600);
  try {
    for await (const chunk of chunks) await handle.writeFile(chunk);
    await handle.sync();
    await handle.close();
    await link(aside, path);
    await syncFolder(dirname(path));
  } catch (error) {
    throw isExisting(error) ? new FileExistsError(path, { cause: error }) : error;
  } finally {
    await handle.close().catch(() => undefined);
    await rm(aside, { force: true });
  }
}

/** Opens a file for reading at any position. Throws `FileNotReadableError`. */
export async function openForReading(path: string): Promise<RandomAccess & { close(): Promise<void> }> {
  let handle: FileHandle;
  try {
    handle = await open(path, 'r');
  } catch (cause) {
    throw new FileNotReadableError(path, { cause });
  }
  const { size } = await handle.stat();
  return {
    size,
    read: async (offset, length) => {
      const bytes = new Uint8Array(Math.max(0, Math.min(length, size - offset)));
      const { bytesRead } = await handle.read(bytes, 0, bytes.length, offset);
      return bytes.subarray(0, bytesRead);
    },
    close: () => handle.close(),
  };
}

async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  await handle.sync().finally(() => handle.close());
}

function isExisting(error: unknown): boolean {
  return typeof error === 'object' && error !== null && 'code' in error && error.code === 'EEXIST';
}
