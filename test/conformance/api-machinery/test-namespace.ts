import { ServiceAccount } from '@orrery/api';
import type { RawAnswer, TestCluster } from '@orrery/testing';

export const mergePatch = { contentType: 'application/merge-patch+json' };
export const strategicMergePatch = { contentType: 'application/strategic-merge-patch+json' };

// biome-ignore lint/suspicious/noExplicitAny: tests look into objects of every kind
export type ReadObject = any;

/** A namespace for one test alone. */
export class TestNamespace {
  private constructor(
    private readonly cluster: TestCluster,
    readonly name: string,
  ) {}

  /** Creates it, and where `serviceAccount` is not `false` waits until it has the account that pods need. */
  static async create(
    cluster: TestCluster,
    name: string,
    { labels = {}, serviceAccount = true }: { labels?: object; serviceAccount?: boolean } = {},
  ): Promise<TestNamespace> {
    await succeeded(cluster.raw.post('/api/v1/namespaces', { metadata: { name, labels } }));
    const key = { namespace: name, name: 'default' };
    if (serviceAccount) await cluster.waitFor(ServiceAccount, key, (account) => account !== undefined);
    return new TestNamespace(cluster, name);
  }

  /** `pods`, `pods/p/status`, `apps/v1/replicasets`: the path of it in this namespace. */
  path(resource: string): string {
    const [, groupVersion = 'v1', rest = resource] = /^([^/]+\/v\d\w*)\/(.*)$/.exec(resource) ?? [];
    return `${groupVersion === 'v1' ? '/api/v1' : `/apis/${groupVersion}`}/namespaces/${this.name}/${rest}`;
  }

  request(method: string, resource: string, body?: unknown, options?: { contentType: string }): Promise<RawAnswer> {
    return this.cluster.raw.request(method, this.path(resource), body, options);
  }

  /** Answers the created object, as all that follow answer theirs; each throws where the request is refused. */
  create = (resource: string, body: object): Promise<ReadObject> => succeeded(this.request('POST', resource, body));
  get = (resource: string): Promise<ReadObject> => succeeded(this.request('GET', resource));
  replace = (resource: string, body: object): Promise<ReadObject> => succeeded(this.request('PUT', resource, body));
  patch = (resource: string, body: object, options = strategicMergePatch): Promise<ReadObject> =>
    succeeded(this.request('PATCH', resource, body, options));
  delete = (resource: string, options?: object): Promise<ReadObject> =>
    succeeded(this.request('DELETE', resource, options));
}

/** The answer's body. */
export async function succeeded(answer: Promise<{ status: number; body: ReadObject }>): Promise<ReadObject> {
  const { status, body } = await answer;
  if (status >= 300) throw new Error(`refused with ${status}: ${body?.message}`);
  return body;
}
