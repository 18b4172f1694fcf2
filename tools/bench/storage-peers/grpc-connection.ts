import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

const frame = { data: 0, headers: 1, reset: 3, settings: 4, ping: 6, goAway: 7, windowUpdate: 8 } as const;
const flag = { endStream: 0x1, endHeaders: 0x4, acknowledge: 0x1 } as const;
const frameHead = 9;
const grpcHead = 5;
const preface = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n');
const windowMax = 2 ** 31 - 1;
const windowDefault = 65_535;
const initialWindowSetting = 4;
/** Room of the connection that is used up before it is given back. */
const roomBytes = 256 * 1024 * 1024;

interface Stream {
  message(message: Buffer): void;
  ended(error: Error): void;
  /** Parts of a message that is not complete, and the bytes that they and the rest must have. */
  parts: Buffer[];
  missing: number;
}

/**
 * gRPC with as little work for the client as possible: on a machine of two cores a complete gRPC client in Node would take from the servers the
 * processor time that they need. The same bytes to either server. Answers' headers are not decompressed: a call that was answered with a message
 * went well, one that ended without has failed. Only for small requests: the server's flow control window is not watched.
 */
export class GrpcConnection {
  private readonly socket: Socket;
  private readonly streams = new Map<number, Stream>();
  private nextStream = 1;
  private rest: Buffer = Buffer.alloc(0);
  private received = 0;
  private out: Buffer[] = [];

  private constructor(socket: Socket) {
    this.socket = socket;
    socket.setNoDelay(true);
    socket.on('data', (bytes) => this.receive(bytes));
    socket.on('error', (error) => this.fail(error));
    socket.on('close', () => this.fail(new Error('the server closed the connection')));
    const setting = Buffer.alloc(6);
    setting.writeUInt16BE(initialWindowSetting);
    setting.writeUInt32BE(windowMax, 2);
    this.write(preface, frameOf(frame.settings, 0, 0, setting), roomFrame(windowMax - windowDefault));
  }

  static async open(port: number): Promise<GrpcConnection> {
    const socket = connect({ port, host: '127.0.0.1' });
    await once(socket, 'connect');
    return new GrpcConnection(socket);
  }

  /** Resolves with the answer; rejects when the call failed. */
  call(path: string, request: Uint8Array): Promise<Buffer> {
    return new Promise((resolve, reject) => {
      const stream = this.begin(path, { message: resolve, ended: reject, parts: [], missing: 0 });
      this.write(frameOf(frame.data, flag.endStream, stream, grpcMessage(request)));
    });
  }

  /** Begins a call with messages both ways; `onEnd` hears of its end unless the connection was closed here. */
  stream(path: string, request: Uint8Array, onMessage: (message: Buffer) => void, onEnd: (error: Error) => void): void {
    const stream = this.begin(path, { message: onMessage, ended: onEnd, parts: [], missing: 0 });
    this.write(frameOf(frame.data, 0, stream, grpcMessage(request)));
  }

  close(): void {
    this.streams.clear();
    this.socket.destroy();
  }

  private begin(path: string, stream: Stream): number {
    const id = this.nextStream;
    this.nextStream += 2;
    this.streams.set(id, stream);
    this.write(frameOf(frame.headers, flag.endHeaders, id, requestHeaders(path)));
    return id;
  }

  /** What one turn sends leaves together. */
  private write(...frames: Buffer[]): void {
    if (this.out.length === 0) process.nextTick(() => this.socket.write(Buffer.concat(this.out.splice(0))));
    this.out.push(...frames);
  }

  private receive(bytes: Buffer): void {
    let buffer = this.rest.length === 0 ? bytes : Buffer.concat([this.rest, bytes]);
    while (buffer.length >= frameHead) {
      const size = frameHead + buffer.readUIntBE(0, 3);
      if (buffer.length < size) break;
      this.take(buffer[3] ?? 0, buffer[4] ?? 0, buffer.readUInt32BE(5) & windowMax, buffer.subarray(frameHead, size));
      buffer = buffer.subarray(size);
    }
    this.rest = buffer;
  }

  private take(type: number, flags: number, id: number, payload: Buffer): void {
    const asksForAnswer = (flags & flag.acknowledge) === 0;
    if (type === frame.data) this.giveRoom(payload.length);
    if (type === frame.settings && asksForAnswer) this.write(frameOf(frame.settings, flag.acknowledge, 0));
    else if (type === frame.ping && asksForAnswer) this.write(frameOf(frame.ping, flag.acknowledge, 0, payload));
    else if (type === frame.goAway) this.fail(new Error('the server asked to leave'));
    const stream = this.streams.get(id);
    if (stream === undefined) return;
    if (type === frame.data) takeMessages(stream, payload);
    const isOver = type === frame.reset || (type === frame.headers && (flags & flag.endStream) !== 0);
    if (!isOver) return;
    this.streams.delete(id);
    stream.ended(new Error('the call failed'));
  }

  /** Only data counts: the window may never grow beyond its limit. */
  private giveRoom(bytes: number): void {
    this.received += bytes;
    if (this.received < roomBytes) return;
    this.write(roomFrame(this.received));
    this.received = 0;
  }

  private fail(error: Error): void {
    for (const stream of this.streams.values()) stream.ended(error);
    this.streams.clear();
  }
}

/** Large messages come in many frames: they are put together once, at the end. */
function takeMessages(stream: Stream, data: Buffer): void {
  stream.parts.push(data);
  stream.missing -= data.length;
  if (stream.missing > 0) return;
  let bytes = stream.parts.length === 1 ? data : Buffer.concat(stream.parts);
  let end = messageEnd(bytes);
  for (; bytes.length >= end; end = messageEnd(bytes)) {
    stream.message(bytes.subarray(grpcHead, end));
    bytes = bytes.subarray(end);
  }
  stream.parts = bytes.length === 0 ? [] : [bytes];
  stream.missing = bytes.length === 0 ? 0 : end - bytes.length;
}

function messageEnd(bytes: Buffer): number {
  return bytes.length < grpcHead ? grpcHead : grpcHead + bytes.readUInt32BE(1);
}

function roomFrame(bytes: number): Buffer {
  const payload = Buffer.alloc(4);
  payload.writeUInt32BE(bytes);
  return frameOf(frame.windowUpdate, 0, 0, payload);
}

function frameOf(type: number, flags: number, stream: number, payload: Uint8Array = new Uint8Array(0)): Buffer {
  const bytes = Buffer.allocUnsafe(frameHead + payload.length);
  bytes.writeUIntBE(payload.length, 0, 3);
  bytes[3] = type;
  bytes[4] = flags;
  bytes.writeUInt32BE(stream, 5);
  bytes.set(payload, frameHead);
  return bytes;
}

const headersOf = new Map<string, Buffer>();

/** HPACK without compression: static names by index, values as they are, nothing remembered. */
function requestHeaders(path: string): Buffer {
  const known = headersOf.get(path);
  if (known !== undefined) return known;
  const block = Buffer.concat([
    Buffer.from([0x83, 0x86]), // :method POST, :scheme http
    Buffer.from([0x04]), // :path
    text(path),
    Buffer.from([0x01]), // :authority
    text('127.0.0.1'),
    Buffer.from([0x0f, 0x10]), // content-type
    text('application/grpc'),
    Buffer.from([0x00]),
    text('te'),
    text('trailers'),
  ]);
  headersOf.set(path, block);
  return block;
}

function text(value: string): Buffer {
  return Buffer.concat([Buffer.from([value.length]), Buffer.from(value)]);
}

function grpcMessage(message: Uint8Array): Buffer {
  const bytes = Buffer.allocUnsafe(5 + message.length);
  bytes[0] = 0;
  bytes.writeUInt32BE(message.length, 1);
  bytes.set(message, 5);
  return bytes;
}
