import { Duplex } from 'node:stream';
import type { WebSocket } from 'ws';
import type { RuntimeDriver } from '../cri-service/runtime-driver.ts';
import type { StreamingRequest } from '../cri-service/streaming-sessions.ts';
import { ByteQueue } from './byte-queue.ts';
import { runRemoteCommand } from './remote-command.ts';

const channels = { stdin: 0, stdout: 1, stderr: 2, error: 3, resize: 4 } as const;
/** Version 5: a message on this channel names one that ends. */
const closeChannel = 255;

/** exec and attach: the first byte of each message names its channel. */
export async function serveCommandOverWebSocket(
  socket: WebSocket,
  driver: RuntimeDriver,
  request: Exclude<StreamingRequest, { kind: 'portForward' }>,
): Promise<void> {
  const stdin = new ByteQueue();
  const resize = new ByteQueue();
  const left = new AbortController();
  socket.on('message', (data: Buffer) => {
    const [channel] = data;
    if (channel === channels.stdin) stdin.push(data.subarray(1));
    else if (channel === channels.resize) resize.push(data.subarray(1));
    else if (channel === closeChannel && data[1] === channels.stdin) stdin.end();
  });
  socket.once('close', () => {
    stdin.end();
    resize.end();
    left.abort();
  });
  const send = (channel: number) => (chunk: Uint8Array) =>
    new Promise<void>((resolve) => {
      socket.send(Buffer.concat([Buffer.from([channel]), chunk]), () => resolve());
    });
  const ends = {
    stdin,
    resize,
    stdout: send(channels.stdout),
    stderr: send(channels.stderr),
    finish: send(channels.error),
  };
  await runRemoteCommand(driver, request, ends, left.signal);
  socket.close(1000);
}

/** SPDY inside of WebSocket messages: how current clients forward ports. */
export function tunnel(socket: WebSocket): Duplex {
  const duplex = new Duplex({
    read: () => {},
    write: (chunk: Buffer, _encoding, done) => socket.send(chunk, { binary: true }, (error) => done(error ?? null)),
    final: (done) => {
      socket.close(1000);
      done();
    },
  });
  socket.on('message', (data: Buffer) => duplex.push(data));
  socket.once('close', () => duplex.push(null));
  return duplex;
}
