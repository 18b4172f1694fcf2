import { Pod } from '@orrery/api';
import type { TestCluster } from '@orrery/testing';
import { type ReadObject, TestNamespace } from '../api-machinery/test-namespace.ts';
import { eventually } from './eventually.ts';
import { ResourceRequests } from './resource-requests.ts';

export const workloadImage = 'registry.k8s.io/e2e-test-images/httpd:2.4.38-4';

/** Deployments, replica sets, replication controllers and pods of one namespace. */
export class WorkloadRequests {
  readonly pods: ResourceRequests;
  readonly deployments: ResourceRequests;
  readonly replicaSets: ResourceRequests;
  readonly controllers: ResourceRequests;

  private constructor(
    private readonly cluster: TestCluster,
    readonly namespace: TestNamespace,
  ) {
    const requests = (path: string) => new ResourceRequests(cluster, namespace.path(path));
    this.pods = requests('pods');
    this.deployments = requests('apps/v1/deployments');
    this.replicaSets = requests('apps/v1/replicasets');
    this.controllers = requests('replicationcontrollers');
  }

  /** In a new namespace. */
  static async in(cluster: TestCluster, namespace: string): Promise<WorkloadRequests> {
    return new WorkloadRequests(cluster, await TestNamespace.create(cluster, namespace));
  }

  /** Waits until exactly so many pods with the labels run and are ready; answers them. */
  async readyPods(labels: Readonly<Record<string, string>>, count: number): Promise<ReadObject[]> {
    const isMeant = ({ metadata }: Pod) =>
      metadata.namespace === this.namespace.name &&
      Object.entries(labels).every(([key, value]) => metadata.labels?.[key] === value);
    const all = await this.cluster.waitForAll(Pod, (pods) => {
      const ours = pods.filter(isMeant);
      return ours.length === count && ours.every(isReady);
    });
    return all.filter(isMeant);
  }

  /** Waits until the object is so. */
  async until(requests: ResourceRequests, name: string, condition: (object: ReadObject) => boolean): Promise<void> {
    await eventually(this.cluster, async () => condition(await requests.get(name)));
  }
}

function isReady({ metadata, status }: Pod): boolean {
  const ready = status.conditions?.find(({ type }) => type === 'Ready');
  return metadata.deletionTimestamp === undefined && status.phase === 'Running' && ready?.status === 'True';
}

/** A pod template of one container `name`. */
export function podTemplate(name: string, labels: object, image = workloadImage) {
  return { metadata: { labels }, spec: { terminationGracePeriodSeconds: 0, containers: [{ name, image }] } };
}

/** A deployment or a replica set. */
export function workload(name: string, replicas: number, labels: object, more: object = {}) {
  return {
    metadata: { name, labels },
    spec: { replicas, selector: { matchLabels: labels }, template: podTemplate(name, labels), ...more },
  };
}

export function replicationController(name: string, replicas: number, labels: object) {
  return { metadata: { name, labels }, spec: { replicas, selector: labels, template: podTemplate(name, labels) } };
}
