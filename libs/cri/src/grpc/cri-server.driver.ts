import { chmod, mkdir, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { dirname } from 'node:path';
import {
  Server,
  ServerCredentials,
  type ServerUnaryCall,
  type ServerWritableStream,
  type sendUnaryData,
  type UntypedServiceImplementation,
} from '@grpc/grpc-js';
import * as cri from '@orrery/proto/cri';
import { type Cri, CriError } from '../cri.ts';
import { type AnyUnary, imageServiceMethods, runtimeServiceMethods, type UnaryMethod } from '../cri-methods.ts';
import { toGrpcCode } from './status-codes.ts';

/** As upstream's kubelet: large lists fit into one message. */
const messageBytesMax = 16 * 1024 * 1024;

/** Answers CRI v1 calls at the socket until stopped. Fails with `alreadyExists` where somebody else answers already. */
export async function serveCri(path: string, implementation: Cri): Promise<{ stop(): Promise<void> }> {
  if (await isAnswered(path)) throw new CriError('alreadyExists', `somebody serves ${path} already`);
  await mkdir(dirname(path), { recursive: true });
  await rm(path, { force: true });

  const server = new Server({
    'grpc.max_receive_message_length': messageBytesMax,
    'grpc.max_send_message_length': messageBytesMax,
  });
  const gone = new AbortController();
  server.addService(cri.RuntimeServiceService, {
    ...handlers(implementation, runtimeServiceMethods),
    getContainerEvents: (call: ServerWritableStream<cri.GetEventsRequest, cri.ContainerEventResponse>) => {
      void streamEvents(call, implementation, gone.signal);
    },
  });
  server.addService(cri.ImageServiceService, handlers(implementation, imageServiceMethods));
  await new Promise<void>((resolve, reject) => {
    server.bindAsync(`unix:${path}`, ServerCredentials.createInsecure(), (error) =>
      error
        ? reject(new CriError('unavailable', `cannot serve ${path}: ${error.message}`, { cause: error }))
        : resolve(),
    );
  });
  await chmod(path, 0o660);
  return {
    stop: async () => {
      gone.abort();
      server.forceShutdown();
      await rm(path, { force: true });
    },
  };
}

function handlers(implementation: Cri, methods: readonly UnaryMethod[]): UntypedServiceImplementation {
  return Object.fromEntries(
    methods.map((method) => [
      method,
      (call: ServerUnaryCall<unknown, unknown>, reply: sendUnaryData<unknown>) => {
        (implementation[method] as AnyUnary)
          .call(implementation, call.request)
          .then((answer) => reply(null, answer))
          .catch((error: unknown) => reply(asStatus(error)));
      },
    ]),
  );
}

async function streamEvents(
  call: ServerWritableStream<cri.GetEventsRequest, cri.ContainerEventResponse>,
  implementation: Cri,
  gone: AbortSignal,
): Promise<void> {
  const left = new AbortController();
  call.on('cancelled', () => left.abort());
  try {
    const events = implementation.getContainerEvents(call.request, AbortSignal.any([left.signal, gone]));
    for await (const event of events) {
      if (!call.write(event)) await drained(call, left.signal);
      if (left.signal.aborted) break;
    }
    call.end();
  } catch (error) {
    call.emit('error', asStatus(error));
  }
}

function drained(call: ServerWritableStream<unknown, unknown>, left: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    call.once('drain', resolve);
    left.addEventListener('abort', () => resolve(), { once: true });
  });
}

function asStatus(error: unknown): { code: number; details: string } {
  if (error instanceof CriError) return { code: toGrpcCode(error.code), details: error.message };
  return { code: toGrpcCode('unknown'), details: error instanceof Error ? error.message : String(error) };
}

function isAnswered(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(path);
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}
