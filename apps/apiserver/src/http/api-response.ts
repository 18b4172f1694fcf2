/** Bytes, several pieces of bytes that are written one after the other, or a stream that the client may leave. */
export type ResponseBody = Uint8Array | readonly Uint8Array[] | AsyncIterable<Uint8Array>;

/** An answer in the one form that all faces can send. */
export interface ApiResponse {
  readonly status: number;
  readonly contentType: string;
  readonly body: ResponseBody;
  readonly headers?: Readonly<Record<string, string>>;
  /** Texts of `Warning: 299` headers. */
  readonly warnings?: readonly string[];
  /** The connection was taken over (exec, port-forward): nothing is left to send. */
  readonly hijacked?: boolean;
}

export const jsonMediaType = 'application/json';
const encoder = new TextEncoder();

/** An answer with `value` as JSON. */
export function jsonResponse(value: unknown, status = 200): ApiResponse {
  return { status, contentType: jsonMediaType, body: encoder.encode(`${JSON.stringify(value)}\n`) };
}

export function textResponse(text: string, status = 200, contentType = 'text/plain; charset=utf-8'): ApiResponse {
  return { status, contentType, body: encoder.encode(text) };
}

/** The body as pieces of about `chunkBytes`, whatever its form. */
export async function* bodyChunks(body: ResponseBody, chunkBytes = 256 * 1024): AsyncIterable<Uint8Array> {
  if (body instanceof Uint8Array) {
    for (let from = 0; from < body.length; from += chunkBytes) yield body.subarray(from, from + chunkBytes);
  } else if (Symbol.asyncIterator in body) {
    yield* body;
  } else {
    yield* joined(body, chunkBytes);
  }
}

/** Small pieces become larger ones; large ones are passed on as they are. */
function* joined(pieces: readonly Uint8Array[], chunkBytes: number): Iterable<Uint8Array> {
  let waiting: Uint8Array[] = [];
  let size = 0;
  for (const piece of pieces) {
    if (piece.length >= chunkBytes) {
      if (size > 0) yield Buffer.concat(waiting, size);
      yield piece;
      waiting = [];
      size = 0;
      continue;
    }
    waiting.push(piece);
    size += piece.length;
    if (size < chunkBytes) continue;
    yield Buffer.concat(waiting, size);
    waiting = [];
    size = 0;
  }
  if (size > 0) yield Buffer.concat(waiting, size);
}

/** Bytes of a body, where that is known before it is sent. */
export function bodyLength(body: ResponseBody): number | undefined {
  if (body instanceof Uint8Array) return body.length;
  if (Symbol.asyncIterator in body) return undefined;
  return body.reduce((sum, piece) => sum + piece.length, 0);
}

/** The whole body in one piece; only for bodies that are known to end. */
export async function wholeBody(body: ResponseBody): Promise<Uint8Array> {
  if (body instanceof Uint8Array) return body;
  if (!(Symbol.asyncIterator in body)) return Buffer.concat(body);
  const pieces: Uint8Array[] = [];
  for await (const chunk of bodyChunks(body)) pieces.push(chunk);
  return Buffer.concat(pieces);
}
