import { constants, createDeflate, createInflate, type Deflate, type Inflate } from 'node:zlib';
import { spdyDictionary } from './spdy-dictionary.ts';

/**
 * Header blocks of one direction of one connection: they share a compression context, so they have to be coded in the order in which
 * they travel.
 */
export class HeaderCodec {
  private readonly deflate: Deflate = createDeflate({ dictionary: spdyDictionary, flush: constants.Z_SYNC_FLUSH });
  private readonly inflate: Inflate = createInflate({
    dictionary: spdyDictionary,
    flush: constants.Z_SYNC_FLUSH,
    finishFlush: constants.Z_SYNC_FLUSH,
  });
  private order: Promise<unknown> = Promise.resolve();

  compress(headers: ReadonlyMap<string, string>): Promise<Buffer> {
    return this.through(this.deflate, writeHeaders(headers));
  }

  async decompress(block: Uint8Array): Promise<Map<string, string>> {
    return readHeaders(await this.through(this.inflate, block));
  }

  close(): void {
    this.deflate.close();
    this.inflate.close();
  }

  private through(codec: Deflate | Inflate, input: Uint8Array): Promise<Buffer> {
    const result = this.order.then(
      () =>
        new Promise<Buffer>((resolve, reject) => {
          const parts: Buffer[] = [];
          const collect = (part: Buffer) => parts.push(part);
          codec.on('data', collect);
          codec.once('error', reject);
          codec.write(input, () => {
            codec.flush(constants.Z_SYNC_FLUSH, () => {
              codec.off('data', collect);
              codec.off('error', reject);
              resolve(Buffer.concat(parts));
            });
          });
        }),
    );
    this.order = result.catch(() => {});
    return result;
  }
}

function writeHeaders(headers: ReadonlyMap<string, string>): Buffer {
  const parts: Buffer[] = [count(headers.size)];
  for (const [name, value] of headers)
    for (const text of [name, value]) parts.push(count(Buffer.byteLength(text)), Buffer.from(text));
  return Buffer.concat(parts);
}

function readHeaders(block: Buffer): Map<string, string> {
  const headers = new Map<string, string>();
  let at = 4;
  const text = () => {
    const length = block.readUInt32BE(at);
    at += 4 + length;
    return block.toString('utf8', at - length, at);
  };
  for (let left = block.readUInt32BE(0); left > 0; left--) {
    const name = text().toLowerCase();
    headers.set(name, text());
  }
  return headers;
}

function count(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}
