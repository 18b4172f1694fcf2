import { afterAll, beforeAll, describe, expect } from '@jest/globals';
import { startCluster, type TestCluster } from '@orrery/testing';
import type { ReadObject } from '../api-machinery/test-namespace.ts';
import { conformance } from '../conformance.ts';
import { eventually } from './eventually.ts';
import { ResourceRequests } from './resource-requests.ts';
import { WorkloadRequests } from './workload-requests.ts';

interface Backend {
  readonly name: string;
  readonly labels: object;
  readonly ports: readonly { readonly name?: string; readonly containerPort: number; readonly protocol?: string }[];
}

/** What stands behind services, once the simulated nodes have given the pods their addresses. */
describe('endpoints of services', () => {
  let cluster: TestCluster;
  beforeAll(async () => {
    cluster = await startCluster();
  });
  afterAll(() => cluster.close());

  const requestsOf = (work: WorkloadRequests, resource: string) =>
    new ResourceRequests(cluster, work.namespace.path(resource));
  const servicesOf = (work: WorkloadRequests) => requestsOf(work, 'services');
  const endpointsOf = (work: WorkloadRequests) => requestsOf(work, 'endpoints');
  const slicesOf = async (work: WorkloadRequests, service: string): Promise<ReadObject[]> => {
    const slices = requestsOf(work, 'discovery.k8s.io/v1/endpointslices');
    return (await slices.list(`labelSelector=kubernetes.io/service-name=${service}`)).items;
  };

  const createPod = async (work: WorkloadRequests, { name, labels, ports }: Backend): Promise<ReadObject> => {
    await work.pods.create({
      metadata: { name, labels },
      spec: { containers: [{ name: 'container1', image: 'agnhost:2.53', ports }] },
    });
    await work.until(work.pods, name, ({ status }) => (status.podIPs ?? []).length > 0);
    return work.pods.get(name);
  };
  const targetOf = ({ metadata }: ReadObject) => ({
    kind: 'Pod',
    namespace: metadata.namespace,
    name: metadata.name,
    uid: metadata.uid,
  });
  const on = (label: string) => ({ [label]: 'on' });

  /** `address:port` of each, with the pod that it points to checked. */
  const inEndpoints = async (
    work: WorkloadRequests,
    service: string,
    pods: readonly ReadObject[],
  ): Promise<string[]> => {
    const { subsets = [] } = await endpointsOf(work).get(service);
    return subsets
      .flatMap(({ addresses = [], notReadyAddresses = [], ports = [] }: ReadObject) =>
        [...addresses, ...notReadyAddresses].map(({ ip, targetRef }: ReadObject) => {
          expect(targetRef).toMatchObject(targetOf(podAt(pods, ip)));
          return `${ip}:${ports.map(({ port }: ReadObject) => port)}`;
        }),
      )
      .sort();
  };
  const inSlices = async (work: WorkloadRequests, service: string, pods: readonly ReadObject[]): Promise<string[]> =>
    (await slicesOf(work, service))
      .flatMap(({ endpoints, ports }: ReadObject) =>
        (endpoints ?? []).map(({ addresses, targetRef }: ReadObject) => {
          expect(targetRef).toMatchObject(targetOf(podAt(pods, addresses[0])));
          return `${addresses[0]}:${(ports ?? []).map(({ port }: ReadObject) => port)}`;
        }),
      )
      .sort();

  const twoPods = async (namespace: string) => {
    const work = await WorkloadRequests.in(cluster, namespace);
    const first = { name: 'example-name', containerPort: 3000 };
    const second = { name: 'example-name', containerPort: 3001 };
    const pods = [
      await createPod(work, { name: 'pod1', labels: { ...on('pod1'), ...on('shared12') }, ports: [first] }),
      await createPod(work, {
        name: 'pod2',
        labels: { ...on('pod2'), ...on('shared12') },
        ports: [second, { name: 'other-port', containerPort: 3002 }],
      }),
    ];
    const service = (name: string, label: string, portName: string, targetPort: number | string) =>
      servicesOf(work).create({
        metadata: { name },
        spec: {
          selector: on(label),
          publishNotReadyAddresses: true,
          ports: [{ name: portName, port: 80, targetPort, protocol: 'TCP' }],
        },
      });
    await service('example-int-port', 'pod1', 'example', 3000);
    await service('example-named-port', 'shared12', 'http', 'example-name');
    await service('example-no-match', 'pod3', 'example-no-match', 8080);
    const [one, two] = pods.map(({ status }) => status.podIP);
    const expected = {
      'example-int-port': [`${one}:3000`],
      'example-named-port': [`${one}:3000`, `${two}:3001`].sort(),
      'example-no-match': [],
    };
    return { work, pods, expected };
  };

  conformance(
    '[sig-network] EndpointSlice should create Endpoints and EndpointSlices for Pods matching a Service',
    async () => {
      const { work, pods, expected } = await twoPods('slices-of-pods');
      for (const [service, addresses] of Object.entries(expected)) {
        const wanted = String(addresses);
        await eventually(cluster, async () => String(await inSlices(work, service, pods)) === wanted);
        await eventually(cluster, async () => String(await inEndpoints(work, service, pods)) === wanted);
        expect((await slicesOf(work, service)).length).toBeGreaterThan(0);
      }
      const slices = requestsOf(work, 'discovery.k8s.io/v1/endpointslices');
      for (const { metadata } of await slicesOf(work, 'example-named-port')) await slices.delete(metadata.name);
      const recreated = String(expected['example-named-port']);
      await eventually(cluster, async () => String(await inSlices(work, 'example-named-port', pods)) === recreated);
    },
  );

  conformance('[sig-network] EndpointsController should create Endpoints for Pods matching a Service', async () => {
    const { work, pods, expected } = await twoPods('endpoints-of-pods');
    for (const [service, addresses] of Object.entries(expected)) {
      await eventually(cluster, async () => String(await inEndpoints(work, service, pods)) === String(addresses));
    }
  });

  const unmatched = {
    metadata: { name: 'example-empty-selector' },
    spec: { selector: { 'does-not-match-anything': 'yet' }, ports: [{ name: 'example', port: 80, protocol: 'TCP' }] },
  };

  conformance(
    '[sig-network] EndpointSlice should create and delete EndpointSlices for a Service with a selector that matches no pods',
    async () => {
      const work = await WorkloadRequests.in(cluster, 'no-pods-slices');
      const { name } = unmatched.metadata;
      await servicesOf(work).create(unmatched);
      await eventually(cluster, async () => (await slicesOf(work, name)).length > 0);
      const [slice] = await slicesOf(work, name);
      expect(slice.metadata.labels['endpointslice.kubernetes.io/managed-by']).toBe('endpointslice-controller.k8s.io');
      expect(slice.endpoints ?? []).toEqual([]);
      await servicesOf(work).delete(name);
      await eventually(cluster, async () => (await slicesOf(work, name)).length === 0);
    },
  );

  conformance(
    '[sig-network] EndpointsController should create and delete Endpoints for a Service with a selector that matches no pods',
    async () => {
      const work = await WorkloadRequests.in(cluster, 'no-pods-endpoints');
      const { name } = unmatched.metadata;
      await servicesOf(work).create(unmatched);
      await eventually(cluster, async () => !(await endpointsOf(work).isGone(name)));
      await servicesOf(work).delete(name);
      await eventually(cluster, () => endpointsOf(work).isGone(name));
    },
  );

  /** Pods come and go; the service's endpoints are always theirs. */
  const follow = async (work: WorkloadRequests, service: string, expected: () => readonly string[]) => {
    await eventually(cluster, async () => {
      const { items } = await work.pods.list();
      return String(await inEndpoints(work, service, items)) === String([...expected()].sort());
    });
  };

  conformance('[sig-network] Services should serve a basic endpoint from pods', async () => {
    const work = await WorkloadRequests.in(cluster, 'basic-endpoint');
    const name = 'endpoint-test2';
    const labels = { 'endpoint-test': name };
    await servicesOf(work).create({
      metadata: { name },
      spec: { selector: labels, ports: [{ port: 80, targetPort: 80 }] },
    });
    await follow(work, name, () => []);
    const ports = [{ containerPort: 80 }];
    const first = await createPod(work, { name: 'pod1', labels, ports });
    await follow(work, name, () => [`${first.status.podIP}:80`]);
    const second = await createPod(work, { name: 'pod2', labels, ports });
    await follow(work, name, () => [`${first.status.podIP}:80`, `${second.status.podIP}:80`]);
    await work.pods.delete('pod1', { gracePeriodSeconds: 0 });
    await follow(work, name, () => [`${second.status.podIP}:80`]);
    await work.pods.delete('pod2', { gracePeriodSeconds: 0 });
    await follow(work, name, () => []);
  });

  conformance('[sig-network] Services should serve multiport endpoints from pods', async () => {
    const work = await WorkloadRequests.in(cluster, 'multiport');
    const name = 'multi-endpoint-test';
    const labels = { 'multi-endpoint-test': name };
    await servicesOf(work).create({
      metadata: { name },
      spec: {
        selector: labels,
        ports: [
          { name: 'portname1', port: 80, targetPort: 'svc1' },
          { name: 'portname2', port: 81, targetPort: 'svc2' },
        ],
      },
    });
    await follow(work, name, () => []);
    const first = await createPod(work, { name: 'pod1', labels, ports: [{ name: 'svc1', containerPort: 100 }] });
    await follow(work, name, () => [`${first.status.podIP}:100`]);
    const second = await createPod(work, { name: 'pod2', labels, ports: [{ name: 'svc2', containerPort: 101 }] });
    await follow(work, name, () => [`${first.status.podIP}:100`, `${second.status.podIP}:101`]);
    await work.pods.delete('pod1', { gracePeriodSeconds: 0 });
    await follow(work, name, () => [`${second.status.podIP}:101`]);
  });

  conformance('[sig-network] Services should serve endpoints on same port and different protocols', async () => {
    const work = await WorkloadRequests.in(cluster, 'multiprotocol');
    const name = 'multiprotocol-test';
    const labels = { app: name };
    const tcp = { name: 'tcp', port: 80, protocol: 'TCP' };
    const udp = { name: 'udp', port: 80, protocol: 'UDP' };
    await createPod(work, {
      name: 'pod1',
      labels,
      ports: [
        { containerPort: 80, protocol: 'TCP' },
        { containerPort: 80, protocol: 'UDP' },
      ],
    });
    await servicesOf(work).create({ metadata: { name }, spec: { selector: labels, ports: [tcp, udp] } });
    const protocols = async (): Promise<string> => {
      const [slice] = await slicesOf(work, name);
      return String((slice?.ports ?? []).map(({ port, protocol }: ReadObject) => `${port}/${protocol}`).sort());
    };
    await eventually(cluster, async () => (await protocols()) === '80/TCP,80/UDP');
    await servicesOf(work).update(name, ({ spec }) => {
      spec.ports = [tcp];
    });
    await eventually(cluster, async () => (await protocols()) === '80/TCP');
    await servicesOf(work).update(name, ({ spec }) => {
      spec.ports = [udp];
    });
    await eventually(cluster, async () => (await protocols()) === '80/UDP');
  });
});

function podAt(pods: readonly ReadObject[], ip: string): ReadObject {
  const pod = pods.find(({ status }) => status.podIP === ip);
  if (pod === undefined) throw new Error(`no pod has the address ${ip}`);
  return pod;
}
