import { ErrorCode, Flag, FrameType } from './frame.ts';

/** What the connection does for its streams. */
export interface StreamPort {
  /** Puts a frame in line; data goes out as the windows allow. */
  write(type: number, flags: number, stream: number, payload: Uint8Array): void;
  /** Bytes that may be sent on the connection now. */
  window(): number;
  spend(bytes: number): void;
  readonly frameBytesMax: number;
  /** The stream has data in line that the connection's window holds up. */
  blocked(stream: ServerStream): void;
  closed(stream: ServerStream): void;
}

/** What a stream tells of its peer. */
export interface StreamListener {
  /** `data` may be kept. Not called after `end`. */
  data(data: Buffer): void;
  /** The peer has sent everything. */
  end(): void;
  /** The stream or its connection is gone; nothing can be sent any more. Called at most once, and not after both sides have ended. */
  reset(): void;
  /** All data that had to wait has been sent. */
  sent(): void;
}

/** One request and its response. Sending never blocks: what the windows hold up waits in line, `pendingBytes` tells how much. */
export class ServerStream {
  listener: StreamListener | undefined;
  /** The peer has sent everything. */
  remoteEnded = false;
  #pending: Uint8Array[] = [];
  #pendingBytes = 0;
  #trailers: Uint8Array | undefined;
  #endsWithData = false;
  #ended = false;
  #gone = false;

  constructor(
    readonly id: number,
    private readonly port: StreamPort,
    private sendWindow: number,
    /** Bytes that the peer may still send us. */
    public receiveWindow: number,
  ) {}

  get pendingBytes(): number {
    return this.#pendingBytes;
  }
  /** Nothing can be sent any more. */
  get isGone(): boolean {
    return this.#gone || this.#ended;
  }

  sendHeaders(block: Uint8Array): void {
    if (!this.isGone) this.#writeBlock(0, block);
  }

  /** `data` must not be changed afterwards. */
  sendData(data: Uint8Array): void {
    if (this.isGone || this.#trailers !== undefined) return;
    this.#pending.push(data);
    this.#pendingBytes += data.length;
    this.flush();
  }

  /** Ends the stream with these headers, behind all data. */
  sendTrailers(block: Uint8Array): void {
    if (this.isGone || this.#trailers !== undefined) return;
    this.#trailers = block;
    this.flush();
  }

  /** Ends the stream with this data, without trailers. */
  sendLastData(data: Uint8Array): void {
    this.#endsWithData = true;
    this.sendData(data);
  }

  /** Sends what the windows allow. */
  flush(): void {
    if (this.isGone) return;
    const waited = this.#pendingBytes > 0;
    while (this.#pendingBytes > 0) {
      const allowed = Math.min(this.sendWindow, this.port.window(), this.port.frameBytesMax);
      if (allowed <= 0) {
        if (this.port.window() <= 0) this.port.blocked(this);
        return;
      }
      const part = this.#take(allowed);
      this.sendWindow -= part.length;
      this.port.spend(part.length);
      const last = this.#endsWithData && this.#pendingBytes === 0;
      this.port.write(FrameType.data, last ? Flag.endStream : 0, this.id, part);
      if (last) this.#over();
    }
    if (this.isGone) return;
    if (this.#trailers !== undefined) this.#end(this.#trailers);
    else if (waited) this.listener?.sent();
  }

  /** The peer widens (or by its settings narrows) our window. */
  widen(bytes: number): number {
    this.sendWindow += bytes;
    if (bytes > 0) this.flush();
    return this.sendWindow;
  }

  /** `bytes` of the peer's data have been worked off: it may send as many again. */
  consumed(bytes: number): void {
    this.receiveWindow += bytes;
    if (this.remoteEnded || this.isGone || bytes === 0) return;
    const update = Buffer.allocUnsafe(4);
    update.writeUInt32BE(bytes);
    this.port.write(FrameType.windowUpdate, 0, this.id, update);
  }

  /** Ends the stream at once, for both sides. */
  reset(code: number = ErrorCode.cancel): void {
    if (this.isGone) return;
    const payload = Buffer.allocUnsafe(4);
    payload.writeUInt32BE(code);
    this.port.write(FrameType.resetStream, 0, this.id, payload);
    this.vanish();
  }

  /** The peer or its connection is gone. */
  vanish(): void {
    if (this.#gone) return;
    const told = !this.#ended;
    this.#gone = true;
    this.#pending = [];
    this.#pendingBytes = 0;
    this.port.closed(this);
    if (told) this.listener?.reset();
  }

  #end(trailers: Uint8Array): void {
    this.#writeBlock(Flag.endStream, trailers);
    this.#over();
  }

  /** A block that is too long for one frame goes on in others (RFC 9113, 6.10). */
  #writeBlock(flags: number, block: Uint8Array): void {
    const max = this.port.frameBytesMax;
    for (let at = 0; at === 0 || at < block.length; at += max) {
      const first = at === 0;
      const last = at + max >= block.length;
      const type = first ? FrameType.headers : FrameType.continuation;
      const part = first && last ? block : block.subarray(at, at + max);
      this.port.write(type, (first ? flags : 0) | (last ? Flag.endHeaders : 0), this.id, part);
    }
  }

  #over(): void {
    this.#ended = true;
    // The rest of the request is of no interest (RFC 9113, 8.1).
    if (!this.remoteEnded) this.port.write(FrameType.resetStream, 0, this.id, Buffer.alloc(4));
    this.port.closed(this);
  }

  #take(bytesMax: number): Uint8Array {
    const first = this.#pending[0] as Uint8Array;
    const part = first.length <= bytesMax ? first : first.subarray(0, bytesMax);
    if (part === first) this.#pending.shift();
    else this.#pending[0] = first.subarray(bytesMax);
    this.#pendingBytes -= part.length;
    return part;
  }
}
