import type { GrpcHandler, GrpcStream } from '@orrery/grpc';
import type { EtcdMetrics } from './etcd-metrics.ts';

/** The handler, with its messages counted. */
export function counted(path: string, handler: GrpcHandler, metrics: EtcdMetrics): GrpcHandler {
  if (handler.kind === 'stream') {
    return { kind: 'stream', handle: (stream) => handler.handle(new CountedStream(path, stream, metrics)) };
  }
  return {
    kind: 'unary',
    handle: async (request, call) => {
      metrics.countReceived(request.length);
      const answer = await handler.handle(request, call);
      metrics.countAnswer(path, answer.length);
      return answer;
    },
  };
}

class CountedStream implements GrpcStream {
  constructor(
    private readonly path: string,
    private readonly stream: GrpcStream,
    private readonly metrics: EtcdMetrics,
  ) {}

  get signal(): AbortSignal {
    return this.stream.signal;
  }

  get requests(): AsyncIterable<Uint8Array> {
    return this.#received();
  }

  header(name: string): string | undefined {
    return this.stream.header(name);
  }

  send(message: Uint8Array): boolean {
    this.metrics.countAnswer(this.path, message.length);
    return this.stream.send(message);
  }

  drained(): Promise<void> {
    return this.stream.drained();
  }

  async *#received(): AsyncGenerator<Uint8Array> {
    for await (const message of this.stream.requests) {
      this.metrics.countReceived(message.length);
      yield message;
    }
  }
}
