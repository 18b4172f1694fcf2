import { request as httpRequest } from 'node:http';
import type { Duplex } from 'node:stream';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { SystemTimers, virtualHost } from '@orrery/runtime';
import { WebSocket } from 'ws';
import { containerConfig, imageSpec, sandboxConfig } from '../cri-service/cri-messages.fixture.ts';
import { CriService } from '../cri-service/cri-service.ts';
import { SimulatedDriver } from '../simulated/simulated-driver.ts';
import { SimulatedNetwork } from '../simulated/simulated-network.ts';
import { HttpStreamingServer } from './http-streaming-server.driver.ts';
import { decodeFrames, encodeFrame } from './spdy/spdy-frames.ts';
import { HeaderCodec } from './spdy/spdy-headers.driver.ts';

/** A SPDY client small enough to read. */
class SpdyClient {
  private readonly codec = new HeaderCodec();
  private nextId = 1;
  readonly received = new Map<number, string>();

  constructor(private readonly socket: Duplex) {}

  async open(headers: Record<string, string>): Promise<number> {
    const streamId = this.nextId;
    this.nextId += 2;
    const headerBlock = await this.codec.compress(new Map(Object.entries(headers)));
    this.socket.write(encodeFrame({ type: 'synStream', streamId, fin: false, headerBlock }));
    return streamId;
  }

  send(streamId: number, text: string, fin = false): void {
    this.socket.write(encodeFrame({ type: 'data', streamId, fin, data: Buffer.from(text) }));
  }

  /** Reads until `count` streams have ended. */
  async untilEnded(count: number): Promise<void> {
    let bytes: Buffer = Buffer.alloc(0);
    let ended = 0;
    for await (const chunk of this.socket) {
      const { frames, consumed } = decodeFrames(Buffer.concat([bytes, chunk as Buffer]));
      bytes = Buffer.concat([bytes, chunk as Buffer]).subarray(consumed);
      for (const frame of frames) {
        if (frame.type !== 'data') continue;
        this.received.set(frame.streamId, (this.received.get(frame.streamId) ?? '') + Buffer.from(frame.data));
        if (frame.fin) ended++;
      }
      if (ended >= count) return;
    }
  }
}

describe('the streaming server', () => {
  let runtime: CriService;
  let server: HttpStreamingServer;
  let ids: { podSandboxId: string; containerId: string };

  beforeEach(async () => {
    const host = { ...virtualHost({ seed: 1 }), timers: new SystemTimers() };
    const driver = new SimulatedDriver(host, {
      podCidr: '10.244.1.0/24',
      network: new SimulatedNetwork(),
      logs: undefined,
      volumes: undefined,
    });
    server = new HttpStreamingServer({ bindAddress: '127.0.0.1', port: 0 }, driver, host);
    runtime = new CriService(host, driver, server);
    await runtime.start();
    await server.start();
    const config = sandboxConfig();
    const { podSandboxId } = await runtime.runPodSandbox({ config, runtimeHandler: '' });
    await runtime.pullImage({ image: imageSpec('web:1'), auth: undefined, sandboxConfig: config });
    const { containerId } = await runtime.createContainer({
      podSandboxId,
      config: containerConfig(),
      sandboxConfig: config,
    });
    await runtime.startContainer({ containerId });
    ids = { podSandboxId, containerId };
  });
  afterEach(async () => {
    await server.stop();
    await server.stop();
    await runtime.stop();
  });

  const exec = async (cmd: string[], stdin = false) =>
    (await runtime.exec({ containerId: ids.containerId, cmd, tty: false, stdin, stdout: true, stderr: true })).url;

  const overWebSocket = async (url: string, onOpen?: (socket: WebSocket) => void) => {
    const socket = new WebSocket(url.replace('http', 'ws'), ['v5.channel.k8s.io', 'v4.channel.k8s.io']);
    const output = ['', '', '', '', ''];
    socket.on('open', () => onOpen?.(socket));
    socket.on('message', (data: Buffer) => {
      output[data[0] ?? 0] += data.subarray(1).toString();
    });
    await new Promise((resolve, reject) => socket.once('close', resolve).once('error', reject));
    return { stdout: output[1], stderr: output[2], status: JSON.parse(output[3] ?? '{}') };
  };

  const overSpdy = (url: string, protocol: string) =>
    new Promise<SpdyClient>((resolve, reject) => {
      const headers = { connection: 'Upgrade', upgrade: 'SPDY/3.1', 'x-stream-protocol-version': protocol };
      const request = httpRequest(url, { method: 'POST', headers });
      request.once('upgrade', (_response, socket) => resolve(new SpdyClient(socket)));
      request.once('response', (response) => reject(new Error(String(response.statusCode))));
      request.once('error', reject);
      request.end();
    });

  it('runs a command over WebSocket', async () => {
    const { stdout, stderr, status } = await overWebSocket(await exec(['sh', '-c', 'hostname; nonsense; exit 3']));
    expect(stdout).toBe('web-0\n');
    expect(stderr).toContain('nonsense: not found');
    expect(status).toEqual({
      metadata: {},
      status: 'Failure',
      reason: 'NonZeroExitCode',
      message: 'command terminated with non-zero exit code: exit status 3',
      details: { causes: [{ reason: 'ExitCode', message: '3' }] },
    });
  });

  it('passes input on until the client ends it', async () => {
    const outcome = await overWebSocket(await exec(['cat'], true), (socket) => {
      socket.send(Buffer.from('\0hello'));
      socket.send(Buffer.from([255, 0]));
    });
    expect(outcome).toMatchObject({ stdout: 'hello', status: { status: 'Success' } });
  });

  it('takes a URL once', async () => {
    const url = await exec(['true']);
    await overWebSocket(url);
    await expect(overWebSocket(url)).rejects.toThrow('404');
  });

  it('runs a command over SPDY/3.1', async () => {
    const client = await overSpdy(await exec(['cat'], true), 'v4.channel.k8s.io');
    const error = await client.open({ streamType: 'error' });
    const stdin = await client.open({ streamType: 'stdin' });
    const stdout = await client.open({ streamType: 'stdout' });
    await client.open({ streamType: 'stderr' });
    client.send(stdin, 'from afar', true);
    await client.untilEnded(4);
    expect(client.received.get(stdout)).toBe('from afar');
    expect(JSON.parse(client.received.get(error) ?? '')).toEqual({ metadata: {}, status: 'Success' });
  });

  it('forwards a port over SPDY/3.1', async () => {
    const { url } = await runtime.portForward({ podSandboxId: ids.podSandboxId, port: [80] });
    const client = await overSpdy(url, 'portforward.k8s.io');
    await client.open({ streamType: 'error', port: '80', requestID: '0' });
    const data = await client.open({ streamType: 'data', port: '80', requestID: '0' });
    client.send(data, 'GET / HTTP/1.1\r\n\r\n');
    await client.untilEnded(2);
    expect(client.received.get(data)).toMatch(/^HTTP\/1\.1 200 OK[\s\S]*web-0\n$/);
  });
});
