import {
  encodeProtobuf,
  encodeWatchFrame,
  hasProtobuf,
  type KindedObject,
  notAcceptable,
  protobufMediaType,
  protobufWatchMediaType,
} from '@orrery/api';
import type { ApiRequest } from '../http/api-request.ts';
import { type ApiResponse, bodyChunks, jsonMediaType, wholeBody } from '../http/api-response.ts';
import type { RequestInfo } from '../request-info/request-info.ts';
import { parseAccept } from './accept.ts';

const supported = ['application/json', 'application/yaml', protobufMediaType];
/** Subresources whose answers are not ours. */
const passedThrough = new Set(['proxy', 'log', 'exec', 'attach', 'portforward']);
const readable = new Set(['application/json', 'application/yaml', 'text/yaml', 'application/*', '*/*']);

/**
 * Does the client read nothing but protobuf? Who also takes JSON (kubectl, client-go's default) gets JSON: our stored bytes as they are, which is
 * cheaper for us and as good for them.
 */
export function wantsOnlyProtobuf(accept: string | undefined, target: RequestInfo): boolean {
  if (accept?.includes(protobufMediaType) !== true) return false;
  if (target.kind === 'path' || passedThrough.has(target.subresource)) return false;
  const clauses = parseAccept(accept);
  const protobuf = clauses.some(({ mediaType }) => mediaType === protobufMediaType);
  return protobuf && !clauses.some(({ mediaType }) => readable.has(mediaType));
}

/**
 * Custom resources have no protobuf form, their metadata alone and their deletion have. Throws `NotAcceptable` before anything is done for a client
 * that could not read the answer.
 */
export function requireProtobufForm(accept: string | undefined, verb: string): void {
  if (verb === 'delete' || verb === 'deletecollection') return;
  const clauses = parseAccept(accept ?? '');
  const readableShape = clauses.some(({ parameters }) => parameters.as?.startsWith('PartialObjectMetadata'));
  if (!readableShape) throw notAcceptable(supported);
}

/** The same request from a client that reads JSON. */
export function askingForJson(request: ApiRequest): ApiRequest {
  const accept = (request.header('accept') ?? '').replaceAll(protobufMediaType, jsonMediaType);
  return {
    ...request,
    header: (name) => (name === 'accept' ? accept.replaceAll(';stream=watch', '') : request.header(name)),
  };
}

/** A JSON answer as protobuf. Answers in plain text stay what they are. Throws `NotAcceptable` for kinds that have no protobuf form. */
export async function asProtobuf(response: ApiResponse, verb: string): Promise<ApiResponse> {
  if (response.hijacked === true || response.contentType !== jsonMediaType) return response;
  const { body } = response;
  if (verb === 'watch' && response.status === 200) {
    return { ...response, contentType: protobufWatchMediaType, body: frames(bodyChunks(body)) };
  }
  const object = JSON.parse(new TextDecoder().decode(await wholeBody(body))) as KindedObject;
  if (!hasProtobuf(object)) throw notAcceptable(supported);
  return { ...response, contentType: protobufMediaType, body: encodeProtobuf(object) };
}

interface WatchLine {
  readonly type: string;
  readonly object: KindedObject;
}

/** Each line of a watch as a frame. A chunk of the stream may hold several lines, and a part of one. */
async function* frames(chunks: AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array> {
  const decoder = new TextDecoder();
  let rest = '';
  for await (const chunk of chunks) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) {
      const { type, object } = JSON.parse(line) as WatchLine;
      yield encodeWatchFrame(type, object);
    }
  }
}
