import { type Client, credentials, type ServiceError } from '@grpc/grpc-js';
import * as cri from '@orrery/proto/cri';
import { type Cri, CriError } from '../cri.ts';
import { imageServiceMethods, unaryCri } from '../cri-methods.ts';
import { fromGrpcCode } from './status-codes.ts';

const messageBytesMax = 16 * 1024 * 1024;

type GrpcMethod = (request: unknown, reply: (error: ServiceError | null, answer: unknown) => void) => void;

/** Both services of one socket. A failed connection is dropped, so that the next call tries anew instead of waiting out a back-off. */
class Connection {
  private clients: { runtime: cri.RuntimeServiceClient; image: cri.ImageServiceClient } | undefined;
  private closed = false;

  constructor(private readonly path: string) {}

  open(): { runtime: cri.RuntimeServiceClient; image: cri.ImageServiceClient } {
    if (this.closed) throw new CriError('unavailable', `the connection to ${this.path} is closed`);
    if (!this.clients) {
      const options = {
        'grpc.max_receive_message_length': messageBytesMax,
        'grpc.max_send_message_length': messageBytesMax,
        // A connection of its own: shared ones would keep the back-off of a runtime that is gone.
        'grpc.use_local_subchannel_pool': 1,
      };
      const address = `unix:${this.path}`;
      this.clients = {
        runtime: new cri.RuntimeServiceClient(address, credentials.createInsecure(), options),
        image: new cri.ImageServiceClient(address, credentials.createInsecure(), options),
      };
    }
    return this.clients;
  }

  fail(clients: { runtime: Client; image: Client }): void {
    if (this.clients !== clients) return;
    this.clients = undefined;
    clients.runtime.close();
    clients.image.close();
  }

  close(): void {
    this.closed = true;
    this.clients?.runtime.close();
    this.clients?.image.close();
    this.clients = undefined;
  }
}

/** Calls whoever serves CRI v1 at the socket. Nothing is connected before the first call. */
export function connectCri(path: string): Cri & { close(): void } {
  const connection = new Connection(path);
  const ofImages = new Set<string>(imageServiceMethods);
  const unary = unaryCri((method) => async (request) => {
    const clients = connection.open();
    const client = ofImages.has(method) ? clients.image : clients.runtime;
    const call = (client as unknown as Record<string, GrpcMethod>)[method];
    return new Promise((resolve, reject) => {
      call?.call(client, request, (error, answer) => {
        if (!error) return resolve(answer);
        const failure = asCriError(error);
        if (failure.code === 'unavailable') connection.fail(clients);
        return reject(failure);
      });
    });
  });
  return {
    ...unary,
    async *getContainerEvents(request: cri.GetEventsRequest, signal: AbortSignal) {
      if (signal.aborted) return;
      const stream = connection.open().runtime.getContainerEvents(request);
      const cancel = () => stream.cancel();
      signal.addEventListener('abort', cancel, { once: true });
      try {
        for await (const event of stream) yield event as cri.ContainerEventResponse;
      } catch (error) {
        const failure = asCriError(error as ServiceError);
        if (!signal.aborted && failure.code !== 'unavailable') throw failure;
      } finally {
        signal.removeEventListener('abort', cancel);
        stream.cancel();
      }
    },
    close: () => connection.close(),
  };
}

function asCriError(error: ServiceError): CriError {
  return new CriError(fromGrpcCode(error.code), error.details || error.message, { cause: error });
}
