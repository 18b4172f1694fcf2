import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

const frame = { data: 0, headers: 1, reset: 3, settings: 4, ping: 6, goAway: 7, windowUpdate: 8 } as const;
const endStream = 0x1;
const endHeaders = 0x4;
const acknowledge = 0x1;
const frameHead = 9;
const preface = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n');
/** The largest that HTTP/2 knows: answers to puts are small and never fill it. */
const windowMax = 2 ** 31 - 1;
const windowDefault = 65_535;

/**
 * Puts to etcd over gRPC with as little work for the client as possible: on a machine of two cores a complete gRPC client in Node would take from
 * etcd the processor time that it needs. One header block for all requests, no header decompression: a put that has been answered with a
 * message was done, one that has not was refused. Only for few, small requests at once: the server's flow control window is not watched.
 */
export class EtcdConnection {
  private readonly socket: Socket;
  private readonly waiting = new Map<number, { resolve: () => void; reject: (error: Error) => void }>();
  private nextStream = 1;
  private rest: Buffer = Buffer.alloc(0);

  private constructor(socket: Socket) {
    this.socket = socket;
    socket.setNoDelay(true);
    socket.on('data', (bytes) => this.receive(bytes));
    socket.on('error', (error) => this.fail(error));
    socket.on('close', () => this.fail(new Error('etcd closed the connection')));
    const window = Buffer.alloc(4);
    window.writeUInt32BE(windowMax - windowDefault);
    socket.write(Buffer.concat([preface, frameOf(frame.settings, 0, 0), frameOf(frame.windowUpdate, 0, 0, window)]));
  }

  static async open(port: number): Promise<EtcdConnection> {
    const socket = connect({ port, host: '127.0.0.1' });
    await once(socket, 'connect');
    return new EtcdConnection(socket);
  }

  /** Resolves when the put is durable; rejects when etcd refuses it. */
  put(key: string, value: Uint8Array): Promise<void> {
    const stream = this.nextStream;
    this.nextStream += 2;
    const body = grpcMessage(Buffer.concat([field(1, Buffer.from(key)), field(2, value)]));
    return new Promise((resolve, reject) => {
      this.waiting.set(stream, { resolve, reject });
      this.socket.write(
        Buffer.concat([
          frameOf(frame.headers, endHeaders, stream, requestHeaders),
          frameOf(frame.data, endStream, stream, body),
        ]),
      );
    });
  }

  close(): void {
    this.waiting.clear();
    this.socket.destroy();
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

  private take(type: number, flags: number, stream: number, payload: Buffer): void {
    const mine = (flags & acknowledge) === 0;
    if (type === frame.settings && mine) this.socket.write(frameOf(frame.settings, acknowledge, 0));
    else if (type === frame.ping && mine) this.socket.write(frameOf(frame.ping, acknowledge, 0, payload));
    else if (type === frame.goAway) this.fail(new Error('etcd asked to leave'));
    else if (type === frame.data && payload.length > 0) this.settle(stream, (put) => put.resolve());
    else if (type === frame.reset || (type === frame.headers && (flags & endStream) !== 0)) {
      this.settle(stream, (put) => put.reject(new Error('etcd refused a put')));
    }
  }

  private settle(stream: number, how: (put: { resolve: () => void; reject: (error: Error) => void }) => void): void {
    const put = this.waiting.get(stream);
    this.waiting.delete(stream);
    if (put) how(put);
  }

  private fail(error: Error): void {
    for (const stream of this.waiting.keys()) this.settle(stream, (put) => put.reject(error));
  }
}

function frameOf(type: number, flags: number, stream: number, payload: Buffer = Buffer.alloc(0)): Buffer {
  const bytes = Buffer.alloc(frameHead + payload.length);
  bytes.writeUIntBE(payload.length, 0, 3);
  bytes[3] = type;
  bytes[4] = flags;
  bytes.writeUInt32BE(stream, 5);
  payload.copy(bytes, frameHead);
  return bytes;
}

/** HPACK without compression: static names by index, values as they are, nothing remembered. */
const requestHeaders = Buffer.concat([
  Buffer.from([0x83, 0x86]), // :method POST, :scheme http
  Buffer.from([0x04]), // :path
  text('/etcdserverpb.KV/Put'),
  Buffer.from([0x01]), // :authority
  text('127.0.0.1'),
  Buffer.from([0x0f, 0x10]), // content-type
  text('application/grpc'),
  Buffer.from([0x00]),
  text('te'),
  text('trailers'),
]);

function text(value: string): Buffer {
  return Buffer.concat([Buffer.from([value.length]), Buffer.from(value)]);
}

function grpcMessage(message: Buffer): Buffer {
  const head = Buffer.alloc(5);
  head.writeUInt32BE(message.length, 1);
  return Buffer.concat([head, message]);
}

/** A protobuf field of bytes. */
function field(number: number, value: Uint8Array): Buffer {
  const length: number[] = [];
  let size = value.length;
  for (; size > 127; size >>>= 7) length.push((size & 0x7f) | 0x80);
  return Buffer.concat([Buffer.from([(number << 3) | 2, ...length, size]), value]);
}
