import { type GrpcCall, GrpcCode, GrpcError, type GrpcHandler, type GrpcStream } from '@orrery/grpc';

export interface Decoder<Message> {
  decode(bytes: Uint8Array): Message;
}

export interface Encoder<Message> {
  encode(message: Message): { finish(): Uint8Array };
}

/** The methods of one gRPC service by path. */
export type Methods = readonly (readonly [path: string, handler: GrpcHandler])[];

/** `bytesMax`: of the request; a longer one is refused in etcd's words. */
export function unary<Request, Response>(
  path: string,
  request: Decoder<Request>,
  response: Encoder<Response>,
  answer: (request: Request, call: GrpcCall) => Promise<Response>,
  bytesMax = Number.POSITIVE_INFINITY,
): [string, GrpcHandler] {
  const handle = async (bytes: Uint8Array, call: GrpcCall): Promise<Uint8Array> => {
    if (bytes.length > bytesMax) throw new GrpcError(GrpcCode.invalidArgument, 'etcdserver: request is too large');
    return response.encode(await answer(decoded(request, bytes), call)).finish();
  };
  return [path, { kind: 'unary', handle }];
}

/** What a handler of a stream sees: messages instead of bytes. */
export interface MessageStream<Request, Response> extends Pick<GrpcStream, 'header' | 'signal' | 'drained'> {
  readonly requests: AsyncIterable<Request>;
  send(message: Response): boolean;
}

export function streaming<Request, Response>(
  path: string,
  request: Decoder<Request>,
  response: Encoder<Response>,
  answer: (stream: MessageStream<Request, Response>) => Promise<void>,
): [string, GrpcHandler] {
  const handle = (stream: GrpcStream): Promise<void> =>
    answer({
      header: (name) => stream.header(name),
      signal: stream.signal,
      drained: () => stream.drained(),
      requests: decodedAll(request, stream.requests),
      send: (message) => stream.send(response.encode(message).finish()),
    });
  return [path, { kind: 'stream', handle }];
}

/** One request, many answers. */
export function serverStreaming<Request, Response>(
  path: string,
  request: Decoder<Request>,
  response: Encoder<Response>,
  answer: (request: Request, stream: MessageStream<Request, Response>) => Promise<void>,
): [string, GrpcHandler] {
  return streaming(path, request, response, async (stream) => {
    for await (const message of stream.requests) return answer(message, stream);
    throw new GrpcError(GrpcCode.internal, 'the call has no request');
  });
}

async function* decodedAll<Message>(decoder: Decoder<Message>, bytes: AsyncIterable<Uint8Array>) {
  for await (const message of bytes) yield decoded(decoder, message);
}

export function decoded<Message>(decoder: Decoder<Message>, bytes: Uint8Array): Message {
  try {
    return decoder.decode(bytes);
  } catch (error) {
    // Also a number that TypeScript cannot hold exactly; etcd takes such ones, no client sends them.
    const text = error instanceof Error ? error.message : String(error);
    throw new GrpcError(GrpcCode.internal, `grpc: failed to unmarshal the received message ${text}`);
  }
}
