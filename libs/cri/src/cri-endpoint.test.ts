import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type * as cri from '@orrery/proto/cri';
import { type Cri, type CriEndpoint, CriError, InProcessCriEndpoint, UnixSocketCriEndpoint } from './index.ts';

/** A runtime that knows one image, one container and two events. */
function tinyRuntime(): Cri {
  const known: Partial<Cri> = {
    async version() {
      return { version: '0.1.0', runtimeName: 'tiny', runtimeVersion: '1', runtimeApiVersion: 'v1' };
    },
    async containerStatus({ containerId }) {
      throw new CriError('notFound', `an error occurred when try to find container "${containerId}": not found`);
    },
    async execSync({ cmd }) {
      if (cmd[0] === 'slow') throw new CriError('deadlineExceeded', 'timeout 1s exceeded');
      return { stdout: new TextEncoder().encode(cmd.join(' ')), stderr: new Uint8Array(), exitCode: 3 };
    },
    async listImages() {
      return {
        images: [
          {
            id: 'sha256:1',
            repoTags: ['a:1'],
            repoDigests: [],
            size: 12n,
            uid: undefined,
            username: '',
            spec: undefined,
            pinned: false,
          },
        ],
      };
    },
    async *getContainerEvents(_request, signal) {
      for (const containerId of ['one', 'two'])
        yield {
          containerId,
          containerEventType: 1,
          createdAt: 5n,
          podSandboxStatus: undefined,
          containersStatuses: [],
        };
      if (!signal.aborted) await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()));
    },
  };
  return new Proxy(known as Cri, {
    get: (target, method) =>
      target[method as keyof Cri] ??
      (async () => {
        throw new CriError('unimplemented', `${String(method)} is not offered`);
      }),
  });
}

describe.each([
  { name: 'in process', make: () => new InProcessCriEndpoint() },
  { name: 'unix socket', make: (folder: string) => new UnixSocketCriEndpoint(join(folder, 'run', 'cri.sock')) },
])('a CRI endpoint, $name', ({ make }) => {
  let folder: string;
  let endpoint: CriEndpoint;
  let client: Cri & { close(): void };
  const stops: (() => Promise<void>)[] = [];

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'cri-'));
    endpoint = make(folder);
    client = await endpoint.connect();
  });
  afterEach(async () => {
    client.close();
    for (const stop of stops.splice(0)) await stop();
    await rm(folder, { recursive: true });
  });
  const serve = async () => {
    const served = await endpoint.serve(tinyRuntime());
    stops.push(() => served.stop());
    return served;
  };

  it('carries answers, with 64-bit numbers and bytes', async () => {
    await serve();
    expect((await client.version({ version: 'v1' })).runtimeName).toBe('tiny');
    expect((await client.listImages({ filter: undefined })).images[0]?.size).toBe(12n);
    const { stdout, exitCode } = await client.execSync({ containerId: 'c', cmd: ['a', 'b'], timeout: 1n });
    expect(Buffer.from(stdout).toString()).toBe('a b');
    expect(exitCode).toBe(3);
  });

  it('carries failures with their code and message', async () => {
    await serve();
    await expect(client.containerStatus({ containerId: 'x', verbose: false })).rejects.toMatchObject({
      name: 'CriError',
      code: 'notFound',
      message: 'an error occurred when try to find container "x": not found',
    });
    await expect(client.execSync({ containerId: 'c', cmd: ['slow'], timeout: 1n })).rejects.toMatchObject({
      code: 'deadlineExceeded',
    });
    await expect(client.removeImage({ image: undefined })).rejects.toMatchObject({ code: 'unimplemented' });
  });

  it('streams events until the caller leaves', async () => {
    await serve();
    const left = new AbortController();
    const seen: string[] = [];
    for await (const event of client.getContainerEvents({}, left.signal)) {
      seen.push(event.containerId);
      if (seen.length === 2) left.abort();
    }
    expect(seen).toEqual(['one', 'two']);
  });

  it('ends the stream of events when the runtime stops', async () => {
    const served = await serve();
    const seen: cri.ContainerEventResponse[] = [];
    for await (const event of client.getContainerEvents({}, new AbortController().signal)) {
      seen.push(event);
      if (seen.length === 2) await served.stop();
    }
    expect(seen).toHaveLength(2);
  });

  it('is unavailable while nobody serves, and works again when somebody does', async () => {
    await expect(client.version({ version: '' })).rejects.toMatchObject({ code: 'unavailable' });
    const served = await serve();
    await expect(client.version({ version: '' })).resolves.toMatchObject({ runtimeName: 'tiny' });
    await served.stop();
    await served.stop();
    await expect(client.version({ version: '' })).rejects.toMatchObject({ code: 'unavailable' });
    await serve();
    await expect(client.version({ version: '' })).resolves.toMatchObject({ runtimeName: 'tiny' });
  });

  it('takes one runtime at a time', async () => {
    await serve();
    await expect(endpoint.serve(tinyRuntime())).rejects.toMatchObject({ code: 'alreadyExists' });
  });
});
