import { createHash } from 'node:crypto';
import type { ApiRequest } from '../http/api-request.ts';
import type { ApiResponse } from '../http/api-response.ts';

const tags = new WeakMap<object, string>();

/** The answer with an `ETag` over its body, or 304 without a body where the client has it already. A body that is sent again is not hashed again. */
export function withEntityTag(request: ApiRequest, response: ApiResponse): ApiResponse {
  const { body } = response;
  if (!(body instanceof Uint8Array)) return response;
  const tag = tags.get(body) ?? `"${createHash('sha512').update(body).digest('hex').toUpperCase()}"`;
  tags.set(body, tag);
  const headers = { ...response.headers, etag: tag, vary: 'Accept' };
  const known = (request.header('if-none-match') ?? '').split(',').map((text) => text.trim().replace(/^W\//, ''));
  if (!known.includes(tag) && !known.includes('*')) return { ...response, headers };
  return { ...response, status: 304, body: new Uint8Array(0), headers };
}
