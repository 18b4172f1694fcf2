import { describe, expect, it } from '@jest/globals';
import { ResourceTable } from '@orrery/api';
import { SystemClock } from '@orrery/runtime';
import type { ApiRequest } from '../http/api-request.ts';
import { OpenApiEndpoints } from './open-api-endpoints.ts';

const endpoints = new OpenApiEndpoints(ResourceTable.builtIn(), new SystemClock());

function get(url: string, headers: Readonly<Record<string, string>> = {}) {
  const { pathname, searchParams } = new URL(url, 'https://api');
  const request = { method: 'GET', path: pathname, query: searchParams, header: (name: string) => headers[name] };
  return endpoints.answer(pathname, request as unknown as ApiRequest);
}

async function hashedUrl(): Promise<string> {
  const index = await get('/openapi/v3');
  const { paths } = JSON.parse(Buffer.from(index?.body as Uint8Array).toString('utf8'));
  return paths['apis/apps/v1'].serverRelativeURL;
}

describe('an OpenAPI document', () => {
  it('may be kept for ever under its hash', async () => {
    const answer = await get(await hashedUrl());
    expect(answer).toMatchObject({
      status: 200,
      headers: { 'cache-control': 'public, immutable', expires: expect.any(String), etag: expect.any(String) },
    });
  });

  it('is found under its new hash by a client that has an old one', async () => {
    const answer = await get('/openapi/v3/apis/apps/v1?hash=OLD');
    expect(answer).toMatchObject({ status: 301, headers: { location: await hashedUrl() } });
  });

  it.each(['/openapi/v2', '/openapi/v3', '/openapi/v3/api/v1'])(
    '%s is not sent again to a client that has it',
    async (path) => {
      const { etag = '' } = (await get(path))?.headers ?? {};
      expect(await get(path, { 'if-none-match': etag })).toMatchObject({ status: 304, body: new Uint8Array(0) });
      expect(await get(path, { 'if-none-match': '"other"' })).toMatchObject({ status: 200 });
    },
  );

  it('does not exist for other paths', async () => {
    expect(await get('/openapi/v3/apis/apps/v9?hash=x')).toBeUndefined();
    expect(await get('/openapi/v4')).toBeUndefined();
  });
});
