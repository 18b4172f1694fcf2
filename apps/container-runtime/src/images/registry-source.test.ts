import { createHash } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { parseImageReference } from './image-reference.ts';
import { RegistrySource } from './registry-source.driver.ts';

describe('a registry', () => {
  let server: Server;
  let host: string;
  const manifest = JSON.stringify({ schemaVersion: 2, config: {}, layers: [] });
  const digest = `sha256:${createHash('sha256').update(manifest).digest('hex')}`;

  beforeEach(async () => {
    server = createServer(({ url = '', headers }, response) => {
      if (url.startsWith('/token')) {
        const good = headers.authorization === `Basic ${Buffer.from('me:secret').toString('base64')}`;
        response.writeHead(good ? 200 : 401).end(JSON.stringify({ token: 'granted' }));
      } else if (url.startsWith('/v2/private/') && headers.authorization !== 'Bearer granted') {
        response.writeHead(401, { 'www-authenticate': `Bearer realm="http://${host}/token",service="test"` }).end();
      } else if (/^\/v2\/(private|public)\/app\/manifests\/(1|sha256:)/.test(url))
        response.writeHead(200).end(manifest);
      else if (url.includes('/blobs/')) response.writeHead(200).end('a blob');
      else response.writeHead(404).end();
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterEach(() => {
    server.closeAllConnections();
    server.close();
  });
  const find = (name: string, credentials?: { kind: 'basic'; username: string; password: string }) =>
    new RegistrySource({}).find(parseImageReference(`${host}/${name}`), credentials);

  it('gives a manifest and its blobs', async () => {
    const found = await find('public/app:1');
    expect(found).toMatchObject({ digest, fromRegistry: true });
    const chunks: Uint8Array[] = [];
    for await (const chunk of found?.blob(digest) ?? []) chunks.push(chunk);
    expect(Buffer.concat(chunks).toString()).toBe('a blob');
  });

  it('asks for a token with the credentials of the pull', async () => {
    expect(await find('private/app:1', { kind: 'basic', username: 'me', password: 'secret' })).toMatchObject({
      digest,
    });
    await expect(find('private/app:1')).rejects.toThrow('failed to authorize');
  });

  it('says so when there is no such image, and when the content is not what was asked for', async () => {
    expect(await find('public/app:none')).toBeUndefined();
    await expect(find(`public/app@sha256:${'0'.repeat(64)}`)).rejects.toThrow('instead');
  });

  it('names the reference and the cause when nobody answers', async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
    await expect(find('public/app:1')).rejects.toThrow(
      /failed to resolve reference ".*\/public\/app:1": failed to do request: .*ECONNREFUSED/,
    );
  });
});
