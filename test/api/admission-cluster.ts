import { type RawAnswer, startCluster, type TestCluster } from '@orrery/testing';

/** A pod with nothing but a container. */
export const plainPod = { containers: [{ name: 'c', image: 'i' }] };
export const mergePatch = { contentType: 'application/merge-patch+json' };

/** A cluster without nodes for tests of what the API server admits. */
export class AdmissionCluster {
  private namespaces = 0;

  private constructor(readonly cluster: TestCluster) {}

  /** `enable`: plugins that are off by default. */
  static async start(enable: readonly string[] = [], apiServers = 1): Promise<AdmissionCluster> {
    const cluster = await startCluster({
      nodes: 0,
      apiServers,
      services: ['storage', 'apiserver', 'controller-manager'],
      settings: { apiserver: { advertiseAddress: '192.0.2.1', admission: { enable } } },
    });
    return new AdmissionCluster(cluster);
  }

  close(): Promise<void> {
    return this.cluster.close();
  }

  /** The path of a new namespace. */
  async newNamespace(metadata: object = {}): Promise<string> {
    this.namespaces += 1;
    const name = `test-${this.namespaces}`;
    await this.cluster.raw.post('/api/v1/namespaces', { metadata: { ...metadata, name } });
    return `/api/v1/namespaces/${name}`;
  }

  /** Creates a pod that is called `p` unless `metadata` says otherwise. */
  createPod(namespace: string, spec: object, metadata: object = {}, query = ''): Promise<RawAnswer> {
    return this.cluster.raw.post(`${namespace}/pods${query}`, { metadata: { name: 'p', ...metadata }, spec });
  }
}
