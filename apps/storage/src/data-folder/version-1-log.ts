import { crc32c } from '@orrery/kv';
import { raftv1 } from '@orrery/proto';
import type { Disk, Logger } from '@orrery/runtime';
import type { WalWrite } from '../wal/write-ahead-log.ts';

export const VERSION_1_FOLDER = 'wal';

/** A log of format version 1 that cannot be read as a whole. Nothing was changed. */
export class Version1LogDamagedError extends Error {
  override readonly name = 'Version1LogDamagedError';
  constructor(
    readonly path: string,
    readonly offset: number,
  ) {
    super(`the write-ahead log of format version 1 is damaged: ${path} at byte ${offset}; it was not upgraded`);
  }
}

/** What one segment of the old log says, in the order in which it was written. */
export async function* readVersion1Log(disk: Disk, logger: Logger): AsyncGenerator<WalWrite> {
  const names = await disk.list(VERSION_1_FOLDER);
  for (const name of names) {
    const path = `${VERSION_1_FOLDER}/${name}`;
    const bytes = Buffer.from((await disk.readFile(path)) ?? []);
    const { writes, end } = decode(bytes);
    if (end < bytes.length && name !== names.at(-1)) throw new Version1LogDamagedError(path, end);
    if (end < bytes.length)
      logger.warn('left a torn write out of the upgraded log', { path, bytes: bytes.length - end });
    yield* writes;
  }
}

/** Records of length (u32), CRC-32C of the body (u32), body: one byte of kind (1: entry, 2: hard state) and a protobuf message. */
function decode(bytes: Buffer): { writes: WalWrite[]; end: number } {
  const writes: WalWrite[] = [];
  let at = 0;
  while (at + 8 < bytes.length) {
    const end = at + 8 + bytes.readUInt32LE(at);
    const body = bytes.subarray(at + 8, end);
    if (end > bytes.length || body.length === 0 || crc32c(body) !== bytes.readUInt32LE(at + 4)) break;
    const message = new Uint8Array(body.subarray(1));
    if (body[0] === 1) writes.push({ entries: [raftv1.Entry.decode(message)] });
    else if (body[0] === 2) writes.push({ hardState: raftv1.HardState.decode(message) });
    else break;
    at = end;
  }
  return { writes, end: at };
}
