import type { IncomingMessage, ServerResponse } from 'node:http';
import type { TLSSocket } from 'node:tls';
import { HttpsListener } from '../../api/https-listener.ts';
import type { ReadObject } from './test-namespace.ts';

const group = 'wardle.example.com';
const groupVersion = `${group}/v1alpha1`;
const version = { groupVersion, version: 'v1alpha1' };
const resource = {
  name: 'flunders',
  singularName: 'flunder',
  namespaced: true,
  kind: 'Flunder',
  verbs: ['create', 'delete', 'get', 'list'],
};
const apiGroup = { kind: 'APIGroup', apiVersion: 'v1', name: group, versions: [version], preferredVersion: version };
const documentPath = `/openapi/v3/apis/${groupVersion}`;
const openApi = { openapi: '3.0.0', info: { title: 'sample', version: 'v1alpha1' }, paths: {} };

const documents: Readonly<Record<string, object>> = {
  '/healthz': {},
  '/apis': { kind: 'APIGroupList', apiVersion: 'v1', groups: [apiGroup] },
  [`/apis/${group}`]: apiGroup,
  [`/apis/${groupVersion}`]: { kind: 'APIResourceList', apiVersion: 'v1', groupVersion, resources: [resource] },
  '/openapi/v2': { swagger: '2.0', info: openApi.info, paths: {}, definitions: {} },
  '/openapi/v3': { paths: { [`apis/${groupVersion}`]: { serverRelativeURL: `${documentPath}?hash=1` } } },
  [documentPath]: openApi,
};

/** The API server of upstream's sample: it keeps flunders, for whom the front proxy vouches. */
export class SampleApiServer extends HttpsListener {
  /** By `<namespace>/<name>`. */
  private readonly flunders = new Map<string, ReadObject>();
  private revision = 1;

  /** `frontProxyAuthority`: PEM of who signs the certificate of the API server that passes requests on. */
  static async start(serviceName: string, frontProxyAuthority: string): Promise<SampleApiServer> {
    const sample = new SampleApiServer(await HttpsListener.listen(serviceName, frontProxyAuthority));
    sample.server.on('request', (request, response) => void sample.answer(request, response));
    return sample;
  }

  private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = Buffer.concat(await request.toArray()).toString('utf8');
    const [status, answer] = this.answered(request, body);
    response.writeHead(status, { 'content-type': 'application/json' });
    response.end(JSON.stringify(answer));
  }

  private answered({ url = '', method, headers, socket }: IncomingMessage, body: string): [number, object] {
    const [path = ''] = url.split('?');
    const document = documents[path];
    if (document !== undefined) return [200, document];
    if (!(socket as TLSSocket).authorized || headers['x-remote-user'] === undefined) return failure(401);
    const [, namespace, name] =
      /^\/apis\/wardle\.example\.com\/v1alpha1\/namespaces\/([^/]+)\/flunders(?:\/(.+))?$/.exec(path) ?? [];
    if (namespace === undefined) return failure(404);
    if (name !== undefined) return this.one(`${namespace}/${name}`, method);
    return method === 'POST' ? this.create(namespace, JSON.parse(body)) : this.list(namespace);
  }

  private create(namespace: string, flunder: ReadObject): [number, object] {
    this.revision += 1;
    const metadata = { ...flunder.metadata, namespace, resourceVersion: `${this.revision}` };
    const created = { apiVersion: groupVersion, kind: 'Flunder', spec: flunder.spec ?? {}, metadata };
    this.flunders.set(`${namespace}/${metadata.name}`, created);
    return [201, created];
  }

  private list(namespace: string): [number, object] {
    const items = [...this.flunders.values()].filter(({ metadata }) => metadata.namespace === namespace);
    const metadata = { resourceVersion: `${this.revision}` };
    return [200, { apiVersion: groupVersion, kind: 'FlunderList', metadata, items }];
  }

  private one(key: string, method: string | undefined): [number, object] {
    const flunder = this.flunders.get(key);
    if (flunder === undefined) return failure(404);
    if (method === 'DELETE') this.flunders.delete(key);
    return [200, flunder];
  }
}

function failure(code: number): [number, object] {
  return [code, { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Failure', code }];
}
