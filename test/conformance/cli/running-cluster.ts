import { Endpoints, Node } from '@orrery/api';
import type { TestCluster } from '@orrery/testing';
import { HttpsCluster } from '../../api/https-cluster.ts';

/** All services and one simulated node that is ready, in real time, with HTTPS. */
export async function runningCluster(): Promise<HttpsCluster> {
  const cluster = await HttpsCluster.start({
    services: ['storage', 'apiserver', 'controller-manager', 'scheduler', 'container-runtime', 'kubelet'],
  });
  const key = { namespace: '', name: 'node-1' };
  await cluster.cluster.waitFor(Node, key, (node) => node?.spec.podCIDR !== undefined);
  return cluster;
}

/** Waits until the service has addresses. */
export async function untilEndpoints(cluster: TestCluster, namespace: string, name: string): Promise<void> {
  const hasAddresses = (endpoints?: Endpoints) => (endpoints?.subsets?.[0]?.addresses ?? []).length > 0;
  await cluster.waitFor(Endpoints, { namespace, name }, hasAddresses);
}
