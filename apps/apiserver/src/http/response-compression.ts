import { Readable } from 'node:stream';
import { createGzip } from 'node:zlib';
import { type ApiResponse, bodyChunks, bodyLength } from './api-response.ts';

/** Smaller answers are not worth it: upstream's threshold. */
const compressedBytesMin = 128 * 1024;
/** Upstream's choice: speed. */
const level = 1;

/** The answer in gzip, where the client takes that and the answer is large. Streams (watches, logs) stay as they are. */
export function compressed(response: ApiResponse, acceptEncoding: string | undefined): ApiResponse {
  const length = bodyLength(response.body);
  if (length === undefined || length <= compressedBytesMin || !acceptsGzip(acceptEncoding)) return response;
  return {
    ...response,
    body: gzipped(response),
    headers: { ...response.headers, 'content-encoding': 'gzip', vary: 'Accept-Encoding' },
  };
}

function acceptsGzip(acceptEncoding = ''): boolean {
  return acceptEncoding.split(',').some((clause) => /^gzip(;q=(?!0(\.0+)?$).*)?$/.test(clause.replace(/\s/g, '')));
}

async function* gzipped({ body }: ApiResponse): AsyncIterable<Uint8Array> {
  const source = Readable.from(bodyChunks(body));
  const gzip = createGzip({ level });
  source.once('error', (error) => gzip.destroy(error));
  try {
    yield* source.pipe(gzip) as AsyncIterable<Uint8Array>;
  } finally {
    source.destroy();
    gzip.destroy();
  }
}
