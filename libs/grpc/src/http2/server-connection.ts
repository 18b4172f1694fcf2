import { HeaderBlockError, HeaderDecoder, type Headers } from '../hpack/header-decoder.ts';
import {
  ConnectionError,
  ErrorCode,
  encodeFrame,
  encodeSettings,
  encodeUint32,
  Flag,
  FRAME_BYTES_DEFAULT,
  FRAME_HEAD_BYTES,
  type Frame,
  FrameType,
  Setting,
  WINDOW_DEFAULT,
  WINDOW_MAX,
  withoutPadding,
  writeFrameHead,
} from './frame.ts';
import { FrameReader } from './frame-reader.ts';
import { ServerStream, type StreamListener, type StreamPort } from './server-stream.ts';

export interface ServerConnectionParts {
  /** Puts bytes on the wire, in order; they are not changed afterwards. */
  send(parts: readonly Uint8Array[]): void;
  /** Ends the transport after what was sent. */
  close(): void;
  /** A request has come; the listener hears what follows. */
  accept(stream: ServerStream, headers: Headers): StreamListener;
  /** Calls `work` once, at the end of this turn: answers of one turn leave together. */
  defer(work: () => void): void;
}

/** Requests under way on one connection. */
const STREAMS_MAX = 16_384;
/** What a peer may send ahead on one stream, and on the connection. */
const STREAM_WINDOW = 1024 * 1024;
const CONNECTION_WINDOW = 16 * 1024 * 1024;
const FRAME_BYTES_MAX = 64 * 1024;
const HEADER_BLOCK_BYTES_MAX = 64 * 1024;
/** A larger payload is not copied behind its frame's head. */
const COPIED_BYTES_MAX = 4 * 1024;
/** Frames that only cost us work (pings, settings, resets) without a request in between; a peer that sends more is turned away. */
const IDLE_FRAMES_MAX = 10_000;

/** The server's side of one HTTP/2 connection (RFC 9113): bytes in, streams out. No sockets, no timers. */
export class ServerConnection implements StreamPort {
  frameBytesMax = FRAME_BYTES_DEFAULT;
  readonly #reader = new FrameReader(FRAME_BYTES_MAX);
  readonly #headers = new HeaderDecoder();
  readonly #streams = new Map<number, ServerStream>();
  /** Streams that wait for the connection's window, in order. */
  readonly #blocked = new Set<ServerStream>();
  #lastStream = 0;
  #sendWindow = WINDOW_DEFAULT;
  #streamSendWindow = WINDOW_DEFAULT;
  /** Received on the connection since the peer was last given room. */
  #received = 0;
  /** A header block that goes on in the next frame. */
  #openBlock: { readonly stream: number; readonly flags: number; readonly parts: Buffer[]; bytes: number } | undefined;
  #out: Uint8Array[] = [];
  #flushIsDue = false;
  #idleFrames = 0;
  #closed = false;

  constructor(private readonly parts: ServerConnectionParts) {
    this.#queue(
      encodeSettings([
        [Setting.maxConcurrentStreams, STREAMS_MAX],
        [Setting.initialWindowSize, STREAM_WINDOW],
        [Setting.maxFrameSize, FRAME_BYTES_MAX],
        [Setting.maxHeaderListSize, HEADER_BLOCK_BYTES_MAX],
      ]),
    );
    this.#queue(encodeFrame(FrameType.windowUpdate, 0, 0, encodeUint32(CONNECTION_WINDOW - WINDOW_DEFAULT)));
  }

  /** Streams under way. */
  get streams(): number {
    return this.#streams.size;
  }

  /** Takes bytes of the peer. A peer that breaks the protocol is told so and the transport closed. */
  receive(chunk: Buffer): void {
    if (this.#closed) return;
    try {
      this.#reader.read(chunk, (frame) => this.#take(frame));
      this.#giveRoom();
    } catch (error) {
      if (!(error instanceof ConnectionError)) throw error;
      this.#fail(error);
    }
  }

  /** Says farewell behind what was sent, and ends the transport. */
  end(): void {
    if (this.#closed) return;
    this.#sayGoAway(ErrorCode.noError, '');
    this.#flush();
    this.lost();
    this.parts.close();
  }

  /** The transport is gone. */
  lost(): void {
    if (this.#closed) return;
    this.#closed = true;
    for (const stream of [...this.#streams.values()]) stream.vanish();
  }

  // For the streams.

  window(): number {
    return this.#sendWindow;
  }

  spend(bytes: number): void {
    this.#sendWindow -= bytes;
  }

  blocked(stream: ServerStream): void {
    this.#blocked.add(stream);
  }

  write(type: number, flags: number, stream: number, payload: Uint8Array): void {
    if (payload.length <= COPIED_BYTES_MAX) {
      this.#queue(encodeFrame(type, flags, stream, payload));
      return;
    }
    const head = Buffer.allocUnsafe(FRAME_HEAD_BYTES);
    writeFrameHead(head, 0, payload.length, type, flags, stream);
    this.#queue(head);
    this.#queue(payload);
  }

  closed(stream: ServerStream): void {
    this.#blocked.delete(stream);
    this.#streams.delete(stream.id);
  }

  // Frames.

  #take(frame: Frame): void {
    if (this.#openBlock !== undefined && frame.type !== FrameType.continuation) {
      throw new ConnectionError(ErrorCode.protocolError, 'another frame inside a header block');
    }
    switch (frame.type) {
      case FrameType.data:
        this.#onData(frame);
        return;
      case FrameType.headers:
        this.#onHeaders(frame);
        return;
      case FrameType.continuation:
        this.#onContinuation(frame);
        return;
      case FrameType.resetStream:
        this.#countIdleFrame();
        this.#streams.get(frame.stream)?.vanish();
        return;
      case FrameType.settings:
        this.#countIdleFrame();
        this.#onSettings(frame);
        return;
      case FrameType.ping:
        this.#countIdleFrame();
        this.#onPing(frame);
        return;
      case FrameType.windowUpdate:
        this.#onWindowUpdate(frame);
        return;
      case FrameType.pushPromise:
        throw new ConnectionError(ErrorCode.protocolError, 'a client cannot push');
      default:
        return; // Priorities, the peer's farewell, and frames of extensions ask nothing of us.
    }
  }

  #onHeaders(frame: Frame): void {
    let block = withoutPadding(frame);
    if ((frame.flags & Flag.priority) !== 0) block = block.subarray(5);
    if (frame.stream % 2 === 0) throw new ConnectionError(ErrorCode.protocolError, 'a request on a stream of ours');
    if ((frame.flags & Flag.endHeaders) !== 0) {
      this.#onBlock(frame.stream, frame.flags, block);
      return;
    }
    this.#openBlock = { stream: frame.stream, flags: frame.flags, parts: [block], bytes: block.length };
  }

  #onContinuation({ stream, flags, payload }: Frame): void {
    const open = this.#openBlock;
    if (open?.stream !== stream)
      throw new ConnectionError(ErrorCode.protocolError, 'a header block goes on that never began');
    open.parts.push(payload);
    open.bytes += payload.length;
    if (open.bytes > HEADER_BLOCK_BYTES_MAX || open.parts.length > STREAMS_MAX) {
      throw new ConnectionError(ErrorCode.enhanceYourCalm, 'too many headers');
    }
    if ((flags & Flag.endHeaders) === 0) return;
    this.#openBlock = undefined;
    this.#onBlock(stream, open.flags, Buffer.concat(open.parts));
  }

  #onBlock(id: number, flags: number, block: Buffer): void {
    const headers = this.#decode(block);
    const known = this.#streams.get(id);
    const ends = (flags & Flag.endStream) !== 0;
    if (known !== undefined) {
      if (!ends) throw new ConnectionError(ErrorCode.protocolError, 'headers in the middle of a request');
      this.#endOf(known);
      return; // Trailers of a request say nothing that gRPC knows.
    }
    if (id <= this.#lastStream) return; // Of a stream that is over.
    this.#lastStream = id;
    this.#idleFrames = 0;
    const stream = new ServerStream(id, this, this.#streamSendWindow, STREAM_WINDOW);
    if (this.#streams.size >= STREAMS_MAX) {
      stream.reset(ErrorCode.refusedStream);
      return;
    }
    this.#streams.set(id, stream);
    stream.listener = this.parts.accept(stream, headers);
    if (ends) this.#endOf(stream);
  }

  #decode(block: Buffer): Headers {
    try {
      return this.#headers.decode(block);
    } catch (error) {
      if (!(error instanceof HeaderBlockError)) throw error;
      throw new ConnectionError(ErrorCode.compressionError, error.message, { cause: error });
    }
  }

  #onData(frame: Frame): void {
    this.#received += frame.payload.length;
    const stream = this.#streams.get(frame.stream);
    if (stream === undefined) {
      if (frame.stream > this.#lastStream)
        throw new ConnectionError(ErrorCode.protocolError, 'data before its headers');
      return; // Under way when the stream ended.
    }
    if (stream.remoteEnded) throw new ConnectionError(ErrorCode.streamClosed, 'data behind the end of a request');
    stream.receiveWindow -= frame.payload.length;
    if (stream.receiveWindow < 0) {
      stream.reset(ErrorCode.flowControlError);
      return;
    }
    const data = withoutPadding(frame);
    const padding = frame.payload.length - data.length;
    if (padding > 0) stream.consumed(padding);
    if (data.length > 0) stream.listener?.data(data);
    if ((frame.flags & Flag.endStream) !== 0) this.#endOf(stream);
  }

  #endOf(stream: ServerStream): void {
    stream.remoteEnded = true;
    stream.listener?.end();
  }

  #onSettings({ flags, payload }: Frame): void {
    if ((flags & Flag.acknowledge) !== 0) return;
    if (payload.length % 6 !== 0) throw new ConnectionError(ErrorCode.frameSizeError, 'settings of a wrong size');
    for (let at = 0; at < payload.length; at += 6) {
      this.#onSetting(payload.readUInt16BE(at), payload.readUInt32BE(at + 2));
    }
    this.#queue(encodeFrame(FrameType.settings, Flag.acknowledge, 0));
  }

  #onSetting(id: number, value: number): void {
    if (id === Setting.maxFrameSize) {
      if (value < FRAME_BYTES_DEFAULT || value >= 2 ** 24) {
        throw new ConnectionError(ErrorCode.protocolError, `frames of ${value} bytes are not possible`);
      }
      this.frameBytesMax = value;
    } else if (id === Setting.initialWindowSize) {
      if (value > WINDOW_MAX) throw new ConnectionError(ErrorCode.flowControlError, 'a window too large');
      const change = value - this.#streamSendWindow;
      this.#streamSendWindow = value;
      for (const stream of [...this.#streams.values()]) this.#widen(stream, change);
    }
  }

  #onPing({ flags, payload }: Frame): void {
    if (payload.length !== 8) throw new ConnectionError(ErrorCode.frameSizeError, 'a ping of a wrong size');
    if ((flags & Flag.acknowledge) === 0) this.#queue(encodeFrame(FrameType.ping, Flag.acknowledge, 0, payload));
  }

  #onWindowUpdate({ stream: id, payload }: Frame): void {
    if (payload.length !== 4) throw new ConnectionError(ErrorCode.frameSizeError, 'a window update of a wrong size');
    const bytes = payload.readUInt32BE(0) & WINDOW_MAX;
    if (bytes === 0) throw new ConnectionError(ErrorCode.protocolError, 'a window grows by nothing');
    if (id !== 0) {
      const stream = this.#streams.get(id);
      if (stream !== undefined) this.#widen(stream, bytes);
      return;
    }
    this.#sendWindow += bytes;
    if (this.#sendWindow > WINDOW_MAX) throw new ConnectionError(ErrorCode.flowControlError, 'a window too large');
    const waiting = [...this.#blocked];
    this.#blocked.clear();
    for (const stream of waiting) stream.flush();
  }

  #widen(stream: ServerStream, bytes: number): void {
    if (stream.widen(bytes) > WINDOW_MAX) stream.reset(ErrorCode.flowControlError);
  }

  /** The connection's own window is given back at once: what a stream may hold is bounded by its own. */
  #giveRoom(): void {
    if (this.#received < CONNECTION_WINDOW / 4) return;
    this.#queue(encodeFrame(FrameType.windowUpdate, 0, 0, encodeUint32(this.#received)));
    this.#received = 0;
  }

  #countIdleFrame(): void {
    if (++this.#idleFrames > IDLE_FRAMES_MAX)
      throw new ConnectionError(ErrorCode.enhanceYourCalm, 'too many idle frames');
  }

  // Leaving and sending.

  #fail(error: ConnectionError): void {
    this.#sayGoAway(error.code, error.message);
    this.#flush();
    this.lost();
    this.parts.close();
  }

  #sayGoAway(code: number, reason: string): void {
    const payload = Buffer.concat([encodeUint32(this.#lastStream), encodeUint32(code), Buffer.from(reason, 'latin1')]);
    this.#queue(encodeFrame(FrameType.goAway, 0, 0, payload));
  }

  #queue(bytes: Uint8Array): void {
    this.#out.push(bytes);
    if (this.#flushIsDue) return;
    this.#flushIsDue = true;
    this.parts.defer(() => this.#flush());
  }

  #flush(): void {
    this.#flushIsDue = false;
    if (this.#out.length === 0) return;
    const out = this.#out;
    this.#out = [];
    if (!this.#closed) this.parts.send(out);
  }
}
