import type { IncomingMessage, ServerResponse } from 'node:http';
import type { TLSSocket } from 'node:tls';
import { HttpsListener } from './https-listener.ts';

const group = 'wardle.example.com';
const resource = {
  name: 'flunders',
  singularName: 'flunder',
  namespaced: true,
  kind: 'Flunder',
  verbs: ['create', 'get', 'list', 'watch'],
};

const flunders = `/apis/${group}/v1/namespaces/default/flunders`;

const documents: Readonly<Record<string, object>> = {
  '/apis': { kind: 'APIGroupList', apiVersion: 'v1', groups: [] },
  [`/apis/${group}/v1`]: {
    kind: 'APIResourceList',
    apiVersion: 'v1',
    groupVersion: `${group}/v1`,
    resources: [resource],
  },
  '/openapi/v3': {
    paths: { [`apis/${group}/v1`]: { serverRelativeURL: `/openapi/v3/apis/${group}/v1?hash=A` } },
  },
  [`/openapi/v3/apis/${group}/v1`]: { openapi: '3.0.0', info: { title: 'wardle', version: 'v1' }, paths: {} },
  '/openapi/v2': {
    swagger: '2.0',
    paths: {
      [`/apis/${group}/v1/flunders`]: { get: { responses: { 200: { schema: { $ref: '#/definitions/Flunder' } } } } },
      '/apis/other/v1/x': {},
    },
    definitions: { Flunder: { type: 'object' }, Unused: {} },
  },
};

/** An API server of somebody else that serves flunders, and believes the front proxy alone. */
export class ExtensionServer extends HttpsListener {
  readonly seen: { url: string; headers: IncomingMessage['headers'] }[] = [];
  /** Refuses everything while set. */
  broken = false;

  /** `frontProxyAuthority`: PEM of who signs the certificate of the API server that passes requests on. */
  static async start(frontProxyAuthority: string): Promise<ExtensionServer> {
    const extension = new ExtensionServer(await HttpsListener.listen('wardle.default.svc', frontProxyAuthority));
    extension.server.on('request', (request, response) => extension.answer(request, response));
    extension.server.on('upgrade', (request, socket) => {
      extension.seen.push({ url: request.url ?? '', headers: request.headers });
      socket.write('HTTP/1.1 101 Switching Protocols\r\nUpgrade: echo\r\nConnection: Upgrade\r\n\r\n');
      socket.pipe(socket);
    });
    return extension;
  }

  private answer(request: IncomingMessage, response: ServerResponse): void {
    const { url = '', headers } = request;
    this.seen.push({ url, headers });
    const [path = '', query = ''] = url.split('?');
    const document = documents[path];
    if (this.broken) send(response, 500, { kind: 'Status' });
    else if (document !== undefined) send(response, 200, document);
    else if (path !== flunders) send(response, 404, { kind: 'Status', status: 'Failure', code: 404 });
    else if (!(request.socket as TLSSocket).authorized) send(response, 401, { kind: 'Status' });
    else if (query.includes('watch=true')) watch(response);
    else send(response, request.method === 'POST' ? 201 : 200, { kind: 'FlunderList', items: [] });
  }
}

function send(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'content-type': 'application/json', 'x-wardle': 'yes' });
  response.end(JSON.stringify(body));
}

/** One event, and then nothing for as long as the client stays. */
function watch(response: ServerResponse): void {
  response.writeHead(200, { 'content-type': 'application/json' });
  response.write(`${JSON.stringify({ type: 'ADDED', object: { kind: 'Flunder' } })}\n`);
}
