import { ConfigMap, type Container, type Draft, Event, Node, Pod, type PodSpec, ServiceAccount } from '@orrery/api';
import { startCluster, type TestCluster, type TestClusterOptions } from '@orrery/testing';

/** A cluster whose node can run pods at once: it has addresses for them, and the namespace has what pods mount. */
export async function startNode(options: TestClusterOptions = {}): Promise<TestCluster> {
  const cluster = await startCluster(options);
  const namespace = 'default';
  await cluster.waitFor(Node, { namespace: '', name: 'node-1' }, (node) => node?.spec.podCIDR !== undefined);
  await cluster.waitFor(ServiceAccount, { namespace, name: 'default' }, (account) => account !== undefined);
  await cluster.waitFor(ConfigMap, { namespace, name: 'kube-root-ca.crt' }, (configMap) => configMap !== undefined);
  return cluster;
}

/** Pods of the default namespace that are bound to `node-1` from the beginning. */
export class NodePods {
  constructor(private readonly cluster: TestCluster) {}

  /** A pod of one container `web` unless the spec says otherwise. */
  create(
    name: string,
    web: Partial<Container> = {},
    spec: Partial<PodSpec> = {},
    annotations: Record<string, string> = {},
  ): Promise<Pod> {
    const draft: Draft<Pod> = {
      metadata: { name, namespace: 'default', annotations },
      spec: { nodeName: 'node-1', containers: [{ name: 'web', image: 'hello:1', ...web }], ...spec },
    };
    return this.cluster.settle(this.cluster.api.create(Pod, draft));
  }

  get(name: string): Promise<Pod | undefined> {
    return this.cluster.settle(this.cluster.api.get(Pod, { namespace: 'default', name }));
  }

  async existing(name: string): Promise<Pod> {
    const pod = await this.get(name);
    if (!pod) throw new Error(`there is no pod ${name}`);
    return pod;
  }

  /** `<type> <reason> <message>` of the events of one pod. */
  async events(name: string): Promise<string[]> {
    const { items } = await this.cluster.settle(this.cluster.api.list(Event));
    return items
      .filter(({ involvedObject }) => involvedObject.name === name)
      .map(({ type, reason, message }) => `${type} ${reason} ${message}`);
  }
}
