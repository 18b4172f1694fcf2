import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { type WebSocket, WebSocketServer } from 'ws';
import { type ApiResponse, bodyChunks, jsonMediaType } from './api-response.ts';

/** A watching client has nothing to say. */
const receivedBytesMax = 4 * 1024;
const lineFeed = 0x0a;
const goingAway = 1001;

const server = new WebSocketServer({ noServer: true, maxPayload: receivedBytesMax });

/** Does the client want the answer, which is a stream, over a WebSocket? Upstream serves watches so: browsers cannot do otherwise. */
export function isForWebSocket({ headers }: IncomingMessage, { status, body }: ApiResponse): boolean {
  if (status !== 200 || headers.upgrade?.toLowerCase() !== 'websocket') return false;
  return !(body instanceof Uint8Array) && Symbol.asyncIterator in body;
}

/** Sends each line of a JSON stream as one text message, and what is not JSON piece by piece as binary ones. Resolves at the end of the stream. */
export async function serveOverWebSocket(
  response: ApiResponse,
  incoming: IncomingMessage,
  socket: Duplex,
  head: Buffer,
): Promise<void> {
  const client = await new Promise<WebSocket>((resolve) => server.handleUpgrade(incoming, socket, head, resolve));
  client.on('error', () => client.terminate());
  const isText = response.contentType === jsonMediaType;
  try {
    for await (const message of isText ? linesOf(bodyChunks(response.body)) : bodyChunks(response.body)) {
      await sent(client, message, !isText);
    }
    client.close();
  } catch {
    // The client has left, or does not speak the protocol.
    client.close(goingAway);
  }
}

async function* linesOf(chunks: AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array> {
  let rest = Buffer.alloc(0);
  for await (const chunk of chunks) {
    rest = Buffer.concat([rest, chunk]);
    for (let end = rest.indexOf(lineFeed); end >= 0; end = rest.indexOf(lineFeed)) {
      yield rest.subarray(0, end + 1);
      rest = rest.subarray(end + 1);
    }
  }
  if (rest.length > 0) yield rest;
}

function sent(client: WebSocket, message: Uint8Array, binary: boolean): Promise<void> {
  return new Promise((resolve, reject) => {
    client.send(message, { binary }, (error) => (error ? reject(error) : resolve()));
  });
}
