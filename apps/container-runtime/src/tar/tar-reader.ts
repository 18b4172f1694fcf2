/** One member of a tar archive. `content` has to be read or left before the next entry is asked for. */
export interface TarEntry {
  readonly path: string;
  readonly type: 'file' | 'directory' | 'symlink' | 'hardlink' | 'characterDevice' | 'blockDevice' | 'fifo';
  readonly size: number;
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  /** Seconds since the epoch. */
  readonly mtime: number;
  readonly linkTarget: string;
  readonly deviceMajor: number;
  readonly deviceMinor: number;
  readonly content: AsyncIterable<Uint8Array>;
}

/** The bytes are not a tar archive. */
export class TarFormatError extends Error {
  override readonly name = 'TarFormatError';
}

const blockBytes = 512;
/** Extended headers hold names; a longer one is an attack. */
const headerBytesMax = 1024 * 1024;

const types: Record<string, TarEntry['type']> = {
  '0': 'file',
  '\0': 'file',
  '7': 'file',
  '1': 'hardlink',
  '2': 'symlink',
  '3': 'characterDevice',
  '4': 'blockDevice',
  '5': 'directory',
  '6': 'fifo',
};

/** The members of a tar archive in order: POSIX (ustar, pax) and GNU's long names. */
export async function* readTar(source: AsyncIterable<Uint8Array>): AsyncGenerator<TarEntry> {
  const input = new ByteReader(source);
  let extended: Map<string, string> = new Map();
  for (;;) {
    const header = await input.take(blockBytes);
    if (header.length === 0) return;
    if (header.length < blockBytes) throw new TarFormatError('the archive is cut off within a header');
    if (header.every((byte) => byte === 0)) continue;
    verifyChecksum(header);
    const flag = String.fromCharCode(header[156] ?? 0);
    const size = extended.has('size') ? Number(extended.get('size')) : readNumber(header, 124, 12);
    if (flag === 'x' || flag === 'g' || flag === 'L' || flag === 'K') {
      if (size > headerBytesMax) throw new TarFormatError('an extended header is too large');
      const body = await input.take(size);
      await input.skip(padding(size));
      if (flag === 'x') extended = new Map([...extended, ...readPax(body)]);
      if (flag === 'L') extended.set('path', readText(body, 0, body.length));
      if (flag === 'K') extended.set('linkpath', readText(body, 0, body.length));
      continue;
    }
    const content = input.portion(size);
    const type = types[flag];
    if (type) yield { ...readEntry(header, extended), type, size, content };
    await content.skipRest();
    await input.skip(padding(size));
    extended = new Map();
  }
}

function readEntry(
  header: Uint8Array,
  extended: ReadonlyMap<string, string>,
): Omit<TarEntry, 'type' | 'size' | 'content'> {
  const prefix = readText(header, 257, 6).startsWith('ustar') && header[263] === 0x30 ? readText(header, 345, 155) : '';
  const name = readText(header, 0, 100);
  const number = (key: string, offset: number, length: number) =>
    extended.has(key) ? Math.floor(Number(extended.get(key))) : readNumber(header, offset, length);
  return {
    path: extended.get('path') ?? (prefix ? `${prefix}/${name}` : name),
    mode: readNumber(header, 100, 8) & 0o7777,
    uid: number('uid', 108, 8),
    gid: number('gid', 116, 8),
    mtime: number('mtime', 136, 12),
    linkTarget: extended.get('linkpath') ?? readText(header, 157, 100),
    deviceMajor: readNumber(header, 329, 8),
    deviceMinor: readNumber(header, 337, 8),
  };
}

function readPax(body: Uint8Array): [string, string][] {
  const records: [string, string][] = [];
  for (let at = 0; at < body.length; ) {
    const space = body.indexOf(0x20, at);
    const length = Number(readText(body, at, space - at));
    if (space < 0 || !(length > 0)) throw new TarFormatError('a pax record has no length');
    const record = Buffer.from(body.subarray(space + 1, at + length - 1)).toString();
    const equals = record.indexOf('=');
    records.push([record.slice(0, equals), record.slice(equals + 1)]);
    at += length;
  }
  return records;
}

function verifyChecksum(header: Uint8Array): void {
  let sum = 0;
  for (let at = 0; at < blockBytes; at++) sum += at >= 148 && at < 156 ? 0x20 : (header[at] ?? 0);
  if (sum !== readNumber(header, 148, 8)) throw new TarFormatError('a header has a wrong checksum');
}

/** Octal text, or GNU's binary form for what is too large. */
function readNumber(header: Uint8Array, offset: number, length: number): number {
  if (((header[offset] ?? 0) & 0x80) === 0) return Number.parseInt(readText(header, offset, length).trim() || '0', 8);
  let value = 0;
  for (let at = offset + 1; at < offset + length; at++) value = value * 256 + (header[at] ?? 0);
  return value;
}

function readText(bytes: Uint8Array, offset: number, length: number): string {
  const end = bytes.indexOf(0, offset);
  return Buffer.from(bytes.subarray(offset, end < 0 ? offset + length : Math.min(end, offset + length))).toString();
}

function padding(size: number): number {
  return (blockBytes - (size % blockBytes)) % blockBytes;
}

/** Takes a stream of chunks apart at byte counts. */
class ByteReader {
  private readonly chunks: AsyncIterator<Uint8Array>;
  private rest: Uint8Array = new Uint8Array();

  constructor(source: AsyncIterable<Uint8Array>) {
    this.chunks = source[Symbol.asyncIterator]();
  }

  /** Up to `max` bytes; empty only at the end. */
  async next(max: number): Promise<Uint8Array> {
    while (this.rest.length === 0) {
      const { value, done } = await this.chunks.next();
      if (done) return new Uint8Array();
      this.rest = value;
    }
    const taken = this.rest.subarray(0, max);
    this.rest = this.rest.subarray(taken.length);
    return taken;
  }

  /** `length` bytes; fewer only at the end. */
  async take(length: number): Promise<Uint8Array> {
    const parts: Uint8Array[] = [];
    for (let left = length; left > 0; ) {
      const part = await this.next(left);
      if (part.length === 0) break;
      parts.push(part);
      left -= part.length;
    }
    return Buffer.concat(parts);
  }

  async skip(length: number): Promise<void> {
    for (let left = length; left > 0; ) {
      const part = await this.next(left);
      if (part.length === 0) throw new TarFormatError('the archive is cut off');
      left -= part.length;
    }
  }

  portion(length: number): AsyncIterable<Uint8Array> & { skipRest(): Promise<void> } {
    let left = length;
    const next = async () => {
      const part = await this.next(left);
      if (part.length === 0) throw new TarFormatError('the archive is cut off within a file');
      left -= part.length;
      return part;
    };
    return {
      async *[Symbol.asyncIterator]() {
        while (left > 0) yield await next();
      },
      async skipRest() {
        while (left > 0) await next();
      },
    };
  }
}
