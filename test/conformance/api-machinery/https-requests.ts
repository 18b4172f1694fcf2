import type { HttpsCluster } from '../../api/https-cluster.ts';
import { type Exchange, exchange } from '../../api/https-exchange.ts';
import { mergePatch, type ReadObject, succeeded } from './test-namespace.ts';

/** Requests to a cluster's HTTPS port that answer with objects; each throws where it is refused. */
export class HttpsRequests {
  constructor(private readonly cluster: HttpsCluster) {}

  /** Whatever it is. */
  answer(method: string, path: string, body?: object, contentType = 'application/json'): Promise<Exchange> {
    const headers = { 'Content-Type': contentType };
    return exchange(this.cluster, path, { method, ...(body && { headers, body: JSON.stringify(body) }) });
  }

  get(path: string): Promise<ReadObject> {
    return succeeded(this.answer('GET', path));
  }

  create(path: string, body: object): Promise<ReadObject> {
    return succeeded(this.answer('POST', path, body));
  }

  /** A merge patch unless said otherwise. */
  patch(path: string, body: object, { contentType } = mergePatch): Promise<ReadObject> {
    return succeeded(this.answer('PATCH', path, body, contentType));
  }

  /** Writes what `change` makes of the newest state, again where somebody else was faster. */
  async update(path: string, change: (object: ReadObject) => void, target = path): Promise<ReadObject> {
    for (;;) {
      const object = await this.get(path);
      change(object);
      const answer = await this.answer('PUT', target, object);
      if (answer.status !== 409) return succeeded(Promise.resolve(answer));
    }
  }

  delete(path: string): Promise<ReadObject> {
    return succeeded(this.answer('DELETE', path));
  }
}
