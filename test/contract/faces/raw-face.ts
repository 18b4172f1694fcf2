import { request } from 'node:https';
import type { ApiObject, ObjectKey, ResourceInfo } from '@orrery/api';
import type { HttpsCluster } from '../../api/https-cluster.ts';
import { EventReader } from './event-reader.ts';
import { type Face, type OpenWatch, type PatchType, pathOf } from './face.ts';

export const patchMediaTypes: Readonly<Record<PatchType, string>> = {
  json: 'application/json-patch+json',
  merge: 'application/merge-patch+json',
  strategic: 'application/strategic-merge-patch+json',
  apply: 'application/apply-patch+yaml',
};

export interface Answer {
  readonly status: number;
  // biome-ignore lint/suspicious/noExplicitAny: answers of every kind
  readonly body: any;
}

/** The server refused; the message is its Status. */
export class RefusedError extends Error {
  override readonly name = 'RefusedError';
  constructor(
    readonly path: string,
    readonly answer: Answer,
  ) {
    super(`${path}: ${answer.status} ${JSON.stringify(answer.body)}`);
  }
}

/** HTTP as it is, with the administrator's certificate. */
export class RawFace implements Face {
  readonly name = 'raw';
  constructor(private readonly cluster: HttpsCluster) {}

  patchTypes(): readonly PatchType[] {
    return ['merge', 'strategic', 'json', 'apply'];
  }

  create(info: ResourceInfo, object: ApiObject): Promise<ApiObject> {
    const { namespace = '' } = object.metadata ?? {};
    return this.ok('POST', pathOf(info, { namespace, name: '' }), object);
  }

  get(info: ResourceInfo, key: ObjectKey): Promise<ApiObject> {
    return this.ok('GET', pathOf(info, key));
  }

  async list(info: ResourceInfo, namespace: string): Promise<ApiObject[]> {
    const { items } = await this.ok('GET', pathOf(info, { namespace, name: '' }));
    return items;
  }

  async watch(info: ResourceInfo, namespace: string): Promise<OpenWatch> {
    const path = `${pathOf(info, { namespace, name: '' })}?watch=true`;
    const outgoing = request({ ...this.options('GET', path), headers: { accept: 'application/json' } });
    const reader = new EventReader(() => outgoing.destroy());
    outgoing.on('response', (response) => response.setEncoding('utf8').on('data', (text: string) => reader.take(text)));
    outgoing.on('error', (error) => reader.fail(error));
    outgoing.end();
    return reader;
  }

  update(info: ResourceInfo, object: ApiObject): Promise<ApiObject> {
    const { namespace = '', name } = object.metadata;
    return this.ok('PUT', pathOf(info, { namespace, name }), object);
  }

  patch(info: ResourceInfo, key: ObjectKey, type: PatchType, patch: unknown, subresource = ''): Promise<ApiObject> {
    const query = type === 'apply' ? '?fieldManager=contract&force=true' : '';
    const tail = subresource === '' ? '' : `/${subresource}`;
    return this.ok('PATCH', `${pathOf(info, key)}${tail}${query}`, patch, patchMediaTypes[type]);
  }

  async delete(info: ResourceInfo, key: ObjectKey): Promise<void> {
    await this.ok('DELETE', pathOf(info, key));
  }

  async table(info: ResourceInfo, key: ObjectKey): Promise<{ header: string; row: string }> {
    const accept = 'application/json;as=Table;v=v1;g=meta.k8s.io';
    const { body } = await this.send('GET', pathOf(info, key), undefined, undefined, accept);
    const names = body.columnDefinitions.map(({ name }: { name: string }) => name);
    return { header: names.join(' '), row: body.rows[0].cells.join(' ') };
  }

  // biome-ignore lint/suspicious/noExplicitAny: answers of every kind
  async ok(method: string, path: string, body?: unknown, contentType?: string): Promise<any> {
    const answer = await this.send(method, path, body, contentType);
    if (answer.status >= 400) throw new RefusedError(`${method} ${path}`, answer);
    return answer.body;
  }

  send(
    method: string,
    path: string,
    body?: unknown,
    contentType = 'application/json',
    accept = 'application/json',
  ): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const headers = { accept, ...(body !== undefined && { 'content-type': contentType }) };
      const outgoing = request({ ...this.options(method, path), headers }, (response) => {
        const pieces: Buffer[] = [];
        response.on('data', (piece: Buffer) => pieces.push(piece));
        response.on('end', () => {
          const text = Buffer.concat(pieces).toString('utf8');
          const isJson = (response.headers['content-type'] ?? '').startsWith('application/json');
          resolve({ status: response.statusCode ?? 0, body: isJson ? JSON.parse(text) : text });
        });
      });
      outgoing.on('error', reject);
      outgoing.end(body === undefined ? undefined : JSON.stringify(body));
    });
  }

  private options(method: string, path: string) {
    const { admin, authority } = this.cluster.certificates;
    const credentials = { cert: admin.certificate, key: admin.key, ca: authority.certificate };
    return { host: '127.0.0.1', port: this.cluster.port, method, path, ...credentials };
  }
}
