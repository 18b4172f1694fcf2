import type { Duplex } from 'node:stream';
import { ByteQueue } from '../byte-queue.ts';
import { decodeFrames, encodeFrame, type SpdyFrame } from './spdy-frames.ts';
import { HeaderCodec } from './spdy-headers.driver.ts';

/** Bytes in one data frame at most. */
const dataBytesMax = 32 * 1024;

/** One stream that the client opened. */
export interface SpdyStream {
  readonly id: number;
  readonly headers: ReadonlyMap<string, string>;
  readonly incoming: AsyncIterable<Uint8Array>;
  write(chunk: Uint8Array): Promise<void>;
  /** No more from us. */
  end(): void;
  reset(): void;
}

/** The server's side of a SPDY/3.1 connection over any byte stream: the client opens streams, we answer each. */
export class SpdyConnection {
  readonly streams = new ByteQueue<SpdyStream>();
  private readonly codec = new HeaderCodec();
  private readonly incoming = new Map<number, ByteQueue>();
  private readonly gone = new AbortController();

  constructor(private readonly socket: Duplex) {}

  /** Aborts when the client has left. */
  get left(): AbortSignal {
    return this.gone.signal;
  }

  /** Reads until the client leaves. `head`: what came with the upgrade. */
  async run(head: Uint8Array): Promise<void> {
    let buffered: Buffer = Buffer.from(head);
    try {
      buffered = await this.take(buffered);
      for await (const chunk of this.socket) buffered = await this.take(Buffer.concat([buffered, chunk as Uint8Array]));
    } catch {
      // A connection that breaks is one that the client has left.
    } finally {
      this.close();
    }
  }

  close(): void {
    if (this.gone.signal.aborted) return;
    this.gone.abort();
    for (const queue of this.incoming.values()) queue.end();
    this.streams.end();
    this.codec.close();
    this.socket.end();
  }

  private async take(bytes: Buffer): Promise<Buffer> {
    const { frames, consumed } = decodeFrames(bytes);
    for (const frame of frames) await this.handle(frame);
    return bytes.subarray(consumed);
  }

  private async handle(frame: SpdyFrame): Promise<void> {
    switch (frame.type) {
      case 'synStream':
        return this.accept(frame);
      case 'data':
        if (frame.data.length > 0) {
          this.incoming.get(frame.streamId)?.push(frame.data);
          for (const streamId of [frame.streamId, 0])
            await this.send({ type: 'windowUpdate', streamId, delta: frame.data.length });
        }
        if (frame.fin) this.incoming.get(frame.streamId)?.end();
        return undefined;
      case 'rstStream':
        this.incoming.get(frame.streamId)?.end();
        return undefined;
      case 'ping':
        return this.send(frame);
      case 'goAway':
      case 'synReply':
      case 'windowUpdate':
      case 'other':
        return undefined;
    }
  }

  private async accept({ streamId, fin, headerBlock }: Extract<SpdyFrame, { type: 'synStream' }>): Promise<void> {
    const headers = await this.codec.decompress(headerBlock);
    const incoming = new ByteQueue();
    if (fin) incoming.end();
    this.incoming.set(streamId, incoming);
    await this.send({ type: 'synReply', streamId, fin: false, headerBlock: await this.codec.compress(new Map()) });
    let ended = false;
    this.streams.push({
      id: streamId,
      headers,
      incoming,
      write: async (chunk) => {
        for (let at = 0; at < chunk.length && !ended; at += dataBytesMax)
          await this.send({ type: 'data', streamId, fin: false, data: chunk.subarray(at, at + dataBytesMax) });
      },
      end: () => {
        if (!ended) void this.send({ type: 'data', streamId, fin: true, data: new Uint8Array() });
        ended = true;
      },
      reset: () => {
        if (!ended) void this.send({ type: 'rstStream', streamId, status: 5 });
        ended = true;
        incoming.end();
      },
    });
  }

  private async send(frame: Exclude<SpdyFrame, { type: 'other' }>): Promise<void> {
    if (this.gone.signal.aborted || this.socket.destroyed) return;
    if (this.socket.write(encodeFrame(frame))) return;
    await new Promise<void>((resolve) => {
      this.socket.once('drain', resolve);
      this.socket.once('close', resolve);
    });
  }
}
