import type { RawAnswer, TestCluster } from '@orrery/testing';
import { OpenWatch, type WatchEvent } from '../../api/https-exchange.ts';
import { mergePatch, type ReadObject, strategicMergePatch, succeeded } from '../api-machinery/test-namespace.ts';

/** The requests for one resource, as a typed client makes them. Each throws where the server refuses. */
export class ResourceRequests {
  /** @param path of the collection: `/apis/storage.k8s.io/v1/csinodes`. */
  constructor(
    private readonly cluster: TestCluster,
    readonly path: string,
  ) {}

  create(object: object): Promise<ReadObject> {
    return this.sent('POST', this.path, object);
  }

  /** @param name also `<name>/<subresource>`. */
  get(name: string): Promise<ReadObject> {
    return this.sent('GET', `${this.path}/${name}`);
  }

  list(query = ''): Promise<ReadObject> {
    return this.sent('GET', `${this.path}?${query}`);
  }

  /** A merge patch. */
  patch(name: string, change: object): Promise<ReadObject> {
    return this.sent('PATCH', `${this.path}/${name}`, change, mergePatch);
  }

  strategicPatch(name: string, change: object): Promise<ReadObject> {
    return this.sent('PATCH', `${this.path}/${name}`, change, strategicMergePatch);
  }

  apply(name: string, object: object, fieldManager = 'test'): Promise<ReadObject> {
    const path = `${this.path}/${name}?fieldManager=${fieldManager}&force=true`;
    return this.sent('PATCH', path, object, { contentType: 'application/apply-patch+yaml' });
  }

  replace(name: string, object: object): Promise<ReadObject> {
    return this.sent('PUT', `${this.path}/${name}`, object);
  }

  /** Reads the object, changes it and writes it back, until nobody else has written in between. */
  async update(name: string, change: (object: ReadObject) => void): Promise<ReadObject> {
    for (;;) {
      const object = await this.get(name);
      change(object);
      const answer = await this.answer('PUT', name, object);
      if (answer.status !== 409) return succeeded(Promise.resolve(answer));
    }
  }

  delete(name: string, options?: object): Promise<ReadObject> {
    return this.sent('DELETE', `${this.path}/${name}`, options);
  }

  deleteCollection(query: string): Promise<ReadObject> {
    return this.sent('DELETE', `${this.path}?${query}`);
  }

  /** The answer as it is, refusals too. */
  answer(method: string, name: string, body?: object): Promise<RawAnswer> {
    return this.cluster.raw.request(method, name === '' ? this.path : `${this.path}/${name}`, body);
  }

  /** Whether there is no such object. */
  async isGone(name: string): Promise<boolean> {
    const { status, body } = await this.answer('GET', name);
    return status === 404 && body.reason === 'NotFound';
  }

  /** The first `count` events that a watch from `resourceVersion` on delivers. Needs a cluster with the option `https`. */
  async watchedSince(resourceVersion: string, count: number, query = ''): Promise<WatchEvent[]> {
    const { apiPort: port = 0, certificates } = this.cluster;
    const path = `${this.path}?watch=true&resourceVersion=${resourceVersion}&${query}`;
    const watch = await OpenWatch.open({ port, certificates }, path);
    const events = await watch.next(count);
    watch.close();
    return events;
  }

  private sent(method: string, path: string, body?: object, options?: { contentType: string }): Promise<ReadObject> {
    return succeeded(this.cluster.raw.request(method, path, body, options));
  }
}
