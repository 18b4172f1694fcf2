import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, open, readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { createGunzip, createZstdDecompress } from 'node:zlib';
import { CriError } from '@orrery/cri';
import type { Ids } from '@orrery/runtime';

/** Content by its SHA-256 digest. What is there is complete and is what its name says. */
export class BlobStore {
  private readonly blobs: string;
  private readonly incoming: string;

  constructor(
    folder: string,
    private readonly ids: Ids,
  ) {
    this.blobs = join(folder, 'blobs', 'sha256');
    this.incoming = join(folder, 'incoming');
  }

  async start(): Promise<void> {
    await rm(this.incoming, { recursive: true, force: true });
    await mkdir(this.incoming, { recursive: true });
    await mkdir(this.blobs, { recursive: true });
  }

  async has(digest: string): Promise<boolean> {
    return stat(this.pathOf(digest)).then(
      () => true,
      () => false,
    );
  }

  /** Keeps the content and resolves with its digest. Throws where that is not `expected`. */
  async put(
    content: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
    expected?: string,
  ): Promise<{ digest: string; size: number }> {
    const path = join(this.incoming, this.ids.uuid());
    const hash = createHash('sha256');
    let size = 0;
    const file = await open(path, 'wx');
    try {
      for await (const chunk of content) {
        hash.update(chunk);
        size += chunk.length;
        await file.writeFile(chunk);
      }
      await file.datasync();
    } finally {
      await file.close();
    }
    const digest = `sha256:${hash.digest('hex')}`;
    if (expected !== undefined && digest !== expected) {
      await rm(path);
      throw new CriError(
        'unknown',
        `failed commit on ref: unexpected commit digest ${digest}, expected ${expected}: failed precondition`,
      );
    }
    await rename(path, this.pathOf(digest));
    return { digest, size };
  }

  async readJson<T>(digest: string): Promise<T> {
    return JSON.parse(await readFile(this.pathOf(digest), 'utf8')) as T;
  }

  /** The content, unpacked where it is compressed (gzip, zstd). */
  async *readUncompressed(digest: string): AsyncGenerator<Uint8Array> {
    yield* uncompressed(this.pathOf(digest));
  }

  async removeExcept(kept: ReadonlySet<string>): Promise<void> {
    for (const name of await readdir(this.blobs))
      if (!kept.has(`sha256:${name}`)) await rm(join(this.blobs, name), { force: true });
  }

  private pathOf(digest: string): string {
    const hex = /^sha256:([a-f0-9]{64})$/.exec(digest)?.[1];
    if (!hex) throw new CriError('invalidArgument', `digest "${digest}" is not supported`);
    return join(this.blobs, hex);
  }
}

/** A file's content, unpacked where its first bytes say that it is compressed. */
export async function* uncompressed(path: string): AsyncGenerator<Uint8Array> {
  const file = await open(path);
  const start = Buffer.alloc(4);
  await file.read(start, 0, 4, 0);
  await file.close();
  const source = createReadStream(path);
  const isGzip = start[0] === 0x1f && start[1] === 0x8b;
  const isZstd = start.readUInt32LE(0) === 0xfd2fb528;
  if (!isGzip && !isZstd) return yield* source;
  const unpacker = isGzip ? createGunzip() : createZstdDecompress();
  source.once('error', (error) => unpacker.destroy(error));
  return yield* source.pipe(unpacker);
}
