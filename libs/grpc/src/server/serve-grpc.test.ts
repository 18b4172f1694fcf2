import { once } from 'node:events';
import { request as httpRequest } from 'node:http';
import * as http2 from 'node:http2';
import { connect as connectSocket, type Socket } from 'node:net';
import * as grpc from '@grpc/grpc-js';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { encodeHeaders } from '../hpack/header-encoder.ts';
import {
  ErrorCode,
  encodeFrame,
  encodeSettings,
  encodeUint32,
  Flag,
  FrameType,
  PREFACE,
  Setting,
  WINDOW_DEFAULT,
  WINDOW_MAX,
} from '../http2/frame.ts';
import { GrpcCode, GrpcError } from './grpc-error.ts';
import type { GrpcHandlers, GrpcServer, GrpcStream } from './grpc-handlers.ts';
import { serveGrpc } from './serve-grpc.driver.ts';

const raw = (bytes: Buffer): Buffer => bytes;
const method = (name: string, stream: boolean) => ({
  path: `/test.Service/${name}`,
  requestStream: stream,
  responseStream: stream,
  requestSerialize: raw,
  requestDeserialize: raw,
  responseSerialize: raw,
  responseDeserialize: raw,
});
const TestClient = grpc.makeGenericClientConstructor(
  {
    echo: method('Echo', false),
    fail: method('Fail', false),
    repeat: method('Repeat', true),
    nobody: method('Nobody', false),
  },
  'test.Service',
);

/** A stream that is under way, and the number of observed ends by path and code. */
let openStream: GrpcStream | undefined;
let observed: string[];
/** Settles when a stream has been sent everything that it asked for. */
let repeated: Promise<void>;
let hasRepeated: () => void;
let server: GrpcServer;
let client: grpc.Client & Record<string, (...args: unknown[]) => unknown>;

const handlers: GrpcHandlers = new Map([
  ['/test.Service/Echo', { kind: 'unary', handle: async (request) => request }],
  [
    '/test.Service/Fail',
    {
      kind: 'unary',
      handle: async (request, call) => {
        const text = Buffer.from(request).toString();
        if (text === 'plain') throw new Error('no status');
        throw new GrpcError(GrpcCode.failedPrecondition, `${text} ${call.header('shade')}`);
      },
    },
  ],
  [
    '/test.Service/Repeat',
    {
      kind: 'stream',
      handle: async (stream) => {
        openStream = stream;
        for await (const message of stream.requests) {
          const times = Buffer.from(message).readUInt32BE(0);
          for (let n = 0; n < times; n++) {
            if (!stream.send(message)) await stream.drained();
          }
        }
        hasRepeated();
      },
    },
  ],
]);

beforeEach(async () => {
  observed = [];
  openStream = undefined;
  repeated = new Promise((resolve) => {
    hasRepeated = resolve;
  });
  server = await serveGrpc({
    listen: '127.0.0.1:0',
    handlers,
    http: async (_method, path) =>
      path === '/health' ? { status: 200, contentType: 'text/plain', body: 'well' } : undefined,
    observe: (path, _kind, code) => observed.push(`${path} ${code}`),
    requestBytesMax: 3 * 1024 * 1024,
  });
  const insecure = grpc.credentials.createInsecure();
  const options = { 'grpc.max_receive_message_length': -1, 'grpc.max_send_message_length': -1 };
  client = new TestClient(server.address, insecure, options) as typeof client;
});
afterEach(async () => {
  client.close();
  await server.stop();
});

function call(name: string, request: Buffer, metadata = new grpc.Metadata()): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    client[name]?.(request, metadata, (error: Error | null, answer: Buffer) =>
      error ? reject(error) : resolve(answer),
    );
  });
}

describe('unary calls of a gRPC client', () => {
  it.each([0, 1, 100, 16_383, 16_384, 70_000, 2_900_000])('are answered, with messages of %d bytes', async (length) => {
    const message = Buffer.alloc(length, 'm');
    expect((await call('echo', message)).equals(message)).toBe(true);
  });

  it('are answered in any number at once', async () => {
    const messages = Array.from({ length: 1_000 }, (_, n) => Buffer.from(`message ${n}`));
    expect(await Promise.all(messages.map((message) => call('echo', message)))).toEqual(messages);
  });

  it('fail with the status and text of the handler', async () => {
    const metadata = new grpc.Metadata();
    metadata.set('shade', 'light');
    await expect(call('fail', Buffer.from('100 % ü'), metadata)).rejects.toMatchObject({
      code: grpc.status.FAILED_PRECONDITION,
      details: '100 % ü light',
    });
    await expect(call('fail', Buffer.from('plain'))).rejects.toMatchObject({
      code: grpc.status.UNKNOWN,
      details: 'no status',
    });
    expect(observed).toEqual(['/test.Service/Fail 9', '/test.Service/Fail 2']);
  });

  it('of unknown methods, and with too large messages, are refused', async () => {
    await expect(call('nobody', Buffer.alloc(1))).rejects.toMatchObject({
      code: grpc.status.UNIMPLEMENTED,
      details: 'unknown method Nobody for service test.Service',
    });
    await expect(call('echo', Buffer.alloc(3 * 1024 * 1024 + 1))).rejects.toMatchObject({
      code: grpc.status.RESOURCE_EXHAUSTED,
      details: 'grpc: received message larger than max (3145729 vs. 3145728)',
    });
    expect((await call('echo', Buffer.from('still here'))).toString()).toBe('still here');
  });
});

describe('streams', () => {
  const times = (count: number, bytes: number): Buffer => {
    const message = Buffer.alloc(bytes, 's');
    message.writeUInt32BE(count);
    return message;
  };

  it('carry messages both ways, in order, until the client ends its side', async () => {
    const stream = client.repeat?.() as grpc.ClientDuplexStream<Buffer, Buffer>;
    const received: number[] = [];
    stream.on('data', (message: Buffer) => received.push(message.length));
    for (const bytes of [10, 20, 30]) stream.write(times(2, bytes));
    stream.end();
    const [status] = (await once(stream, 'status')) as [grpc.StatusObject];
    expect(status.code).toBe(grpc.status.OK);
    expect(received).toEqual([10, 10, 20, 20, 30, 30]);
  });

  it('hold back the handler of a client that does not read, and carry everything in the end', async () => {
    const stream = client.repeat?.() as grpc.ClientDuplexStream<Buffer, Buffer>;
    stream.write(times(400, 50_000));
    await once(stream, 'readable');
    stream.end();
    let bytes = 0;
    stream.on('data', (message: Buffer) => {
      bytes += message.length;
    });
    await once(stream, 'status');
    expect(bytes).toBe(400 * 50_000);
  });

  it('tell the handler when the client goes away', async () => {
    const stream = client.repeat?.() as grpc.ClientDuplexStream<Buffer, Buffer>;
    stream.on('error', () => {});
    stream.write(times(1, 10));
    await once(stream, 'data');
    const gone = once(openStream?.signal as AbortSignal, 'abort');
    stream.cancel();
    await gone;
    expect(openStream?.send(Buffer.alloc(1))).toBe(true);
  });

  it('end as unavailable when the server stops', async () => {
    const stream = client.repeat?.() as grpc.ClientDuplexStream<Buffer, Buffer>;
    stream.write(times(1, 10));
    await once(stream, 'data');
    const failed = once(stream, 'error');
    await server.stop();
    expect(await failed).toMatchObject([{ code: grpc.status.UNAVAILABLE }]);
  });
});

describe('other clients on the same port', () => {
  it('get plain HTTP/1.1', async () => {
    const [host, port] = server.address.split(':');
    const ask = async (path: string): Promise<string> => {
      const request = httpRequest({ host, port, path, agent: false }).end();
      const [response] = await once(request, 'response');
      const parts: Buffer[] = [];
      for await (const part of response) parts.push(part as Buffer);
      return `${response.statusCode} ${Buffer.concat(parts)}`;
    };
    expect(await ask('/health')).toBe('200 well');
    expect(await ask('/nothing')).toBe('404 404 page not found\n');
  });

  it('get plain HTTP/2', async () => {
    const session = http2.connect(`http://${server.address}`);
    const stream = session.request({ ':path': '/health' });
    const [headers] = await once(stream, 'response');
    const parts: Buffer[] = [];
    for await (const part of stream) parts.push(part as Buffer);
    session.close();
    expect([headers[':status'], Buffer.concat(parts).toString()]).toEqual([200, 'well']);
  });

  it('may use padding, priorities, continuations and every printable character', async () => {
    const session = http2.connect(`http://${server.address}`, {
      paddingStrategy: http2.constants.PADDING_STRATEGY_MAX,
    });
    const shade = Array.from({ length: 95 }, (_, n) => String.fromCharCode(32 + n)).join('');
    const stream = session.request({
      ':method': 'POST',
      ':path': '/test.Service/Fail',
      'content-type': 'application/grpc',
      shade: `${shade.trim()}${'~'.repeat(20_000)}`,
    });
    let trailers: http2.IncomingHttpHeaders = {};
    stream.on('response', (headers) => {
      trailers = headers;
    });
    stream.end(Buffer.concat([Buffer.from([0, 0, 0, 0, 1]), Buffer.from('x')]));
    stream.resume();
    await once(stream, 'close');
    session.close();
    expect(decodeURIComponent(String(trailers['grpc-message']))).toBe(`x ${shade.trim()}${'~'.repeat(20_000)}`);
  });
});

describe('a client that breaks the protocol', () => {
  async function sent(...parts: Uint8Array[]): Promise<number | undefined> {
    const [host, port] = server.address.split(':');
    const socket: Socket = connectSocket(Number(port), host);
    const received: Buffer[] = [];
    socket.on('data', (chunk: Buffer) => received.push(chunk));
    socket.on('error', () => {});
    for (const part of parts) socket.write(part);
    await once(socket, 'close');
    return goAwayCode(Buffer.concat(received));
  }

  const settings = encodeFrame(FrameType.settings, 0, 0);
  it.each([
    ['a frame beyond the limit', ErrorCode.frameSizeError, encodeFrame(FrameType.data, 0, 1, Buffer.alloc(70_000))],
    ['data without headers', ErrorCode.protocolError, encodeFrame(FrameType.data, 0, 1, Buffer.alloc(7))],
    [
      'headers that cannot be decoded',
      ErrorCode.compressionError,
      encodeFrame(FrameType.headers, Flag.endHeaders, 1, Buffer.from([0xff, 0])),
    ],
    [
      'a window that grows by nothing',
      ErrorCode.protocolError,
      encodeFrame(FrameType.windowUpdate, 0, 0, Buffer.alloc(4)),
    ],
    ['a push', ErrorCode.protocolError, encodeFrame(FrameType.pushPromise, 0, 1, Buffer.alloc(4))],
    ['a ping of a wrong size', ErrorCode.frameSizeError, encodeFrame(FrameType.ping, 0, 0, Buffer.alloc(3))],
    [
      'a stream of ours',
      ErrorCode.protocolError,
      encodeFrame(FrameType.headers, Flag.endHeaders, 2, Buffer.from([0x82])),
    ],
    [
      'a frame inside a header block',
      ErrorCode.protocolError,
      Buffer.concat([
        encodeFrame(FrameType.headers, 0, 1, Buffer.from([0x82])),
        encodeFrame(FrameType.ping, 0, 0, Buffer.alloc(8)),
      ]),
    ],
    [
      'pings without end',
      ErrorCode.enhanceYourCalm,
      Buffer.concat(Array.from({ length: 10_001 }, () => encodeFrame(FrameType.ping, 0, 0, Buffer.alloc(8)))),
    ],
  ])('%s ends the connection, and only that', async (_case, code, bytes) => {
    expect(await sent(PREFACE, settings, bytes)).toBe(code);
    expect((await call('echo', Buffer.from('others go on'))).toString()).toBe('others go on');
  });

  it('is read byte by byte, too', async () => {
    const goAway = [...PREFACE, ...settings, ...encodeFrame(FrameType.ping, 0, 0, Buffer.alloc(3))];
    expect(await sent(...goAway.map((byte) => Uint8Array.of(byte)))).toBe(ErrorCode.frameSizeError);
  });
});

describe('a client that does not read', () => {
  /** More than the system takes for a connection, and less than what cuts a client off. */
  const FLOOD = { times: 500, bytes: 60_000 };

  it('does not keep the server from stopping', async () => {
    const [host, port] = server.address.split(':');
    const socket = connectSocket(Number(port), host).pause();
    socket.on('error', () => {});
    const message = Buffer.alloc(5 + FLOOD.bytes);
    message.writeUInt32BE(FLOOD.bytes, 1);
    message.writeUInt32BE(FLOOD.times, 5);
    const head = encodeHeaders([
      [':path', '/test.Service/Repeat'],
      ['content-type', 'application/grpc'],
    ]);
    socket.write(PREFACE);
    socket.write(encodeSettings([[Setting.initialWindowSize, WINDOW_MAX]]));
    socket.write(encodeFrame(FrameType.windowUpdate, 0, 0, encodeUint32(WINDOW_MAX - WINDOW_DEFAULT)));
    socket.write(encodeFrame(FrameType.headers, Flag.endHeaders, 1, head));
    socket.write(encodeFrame(FrameType.data, Flag.endStream, 1, message));
    await repeated;
    await server.stop();
    socket.destroy();
    expect(observed).toEqual([`/test.Service/Repeat ${GrpcCode.unavailable}`]);
  });
});

/** Error code of the farewell among the frames. */
function goAwayCode(bytes: Buffer): number | undefined {
  for (let at = 0; at + 9 <= bytes.length; at += 9 + bytes.readUIntBE(at, 3)) {
    if (bytes[at + 3] === FrameType.goAway) return bytes.readUInt32BE(at + 13);
  }
  return undefined;
}
