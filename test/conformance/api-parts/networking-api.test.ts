import { afterAll, beforeAll, describe, expect } from '@jest/globals';
import { startCluster, type TestCluster } from '@orrery/testing';
import { TestNamespace } from '../api-machinery/test-namespace.ts';
import { conformance } from '../conformance.ts';
import { exerciseApiOperations, exerciseStatus } from './api-operations.ts';
import { ResourceRequests } from './resource-requests.ts';

const group = 'networking.k8s.io';
const version = 'v1';

describe('the APIs of networking', () => {
  let cluster: TestCluster;
  beforeAll(async () => {
    cluster = await startCluster({ services: ['storage', 'apiserver'], https: true });
  });
  afterAll(() => cluster.close());

  const namespaceOf = (name: string) => TestNamespace.create(cluster, name, { serviceAccount: false });
  const networking = (resource: string) => new ResourceRequests(cluster, `/apis/${group}/${version}/${resource}`);

  conformance('[sig-network] Ingress API should support creating Ingress API operations', async () => {
    const backend = { service: { name: 'default-backend', port: { number: 80 } } };
    await exerciseApiOperations(cluster, {
      group,
      version,
      resource: 'ingresses',
      subresources: ['status'],
      namespace: await namespaceOf('ingress'),
      template: {
        spec: {
          defaultBackend: backend,
          rules: [
            { host: 'foo.bar.com', http: { paths: [{ path: '/', pathType: 'ImplementationSpecific', backend }] } },
          ],
        },
      },
      beforeDelete: (ingresses, { metadata }) =>
        exerciseStatus(ingresses, metadata.name, {
          patched: { loadBalancer: { ingress: [{ ip: '169.1.1.1' }] } },
          updated: { loadBalancer: { ingress: [{ ip: '169.1.1.2' }] } },
        }),
    });
  });

  conformance('[sig-network] IngressClass API should support creating IngressClass API operations', () =>
    exerciseApiOperations(cluster, {
      group,
      version,
      resource: 'ingressclasses',
      template: { spec: { controller: 'example.com/controller' } },
    }),
  );

  conformance('[sig-network] EndpointSlice should support creating EndpointSlice API operations', async () => {
    await exerciseApiOperations(cluster, {
      group: 'discovery.k8s.io',
      version: 'v1',
      resource: 'endpointslices',
      namespace: await namespaceOf('slices'),
      template: {
        addressType: 'IPv4',
        endpoints: [{ addresses: ['1.2.3.4', '5.6.7.8'] }, { addresses: ['2.2.3.4', '6.6.7.8'] }],
      },
    });
  });

  conformance('[sig-network] ServiceCIDR and IPAddress API should support ServiceCIDR API operations', async () => {
    const ranges = networking('servicecidrs');
    const range = await ranges.get('kubernetes');
    expect(await ranges.get('kubernetes/status')).toMatchObject({
      apiVersion: 'networking.k8s.io/v1',
      kind: 'ServiceCIDR',
      metadata: { uid: range.metadata.uid },
    });
    expect((await ranges.list()).items.length).toBeGreaterThan(0);
    expect(await ranges.watchedSince('0', 1)).toMatchObject([{ type: 'ADDED', object: { kind: 'ServiceCIDR' } }]);
  });

  conformance('[sig-network] ServiceCIDR and IPAddress API should support IPAddress API operations', async () => {
    const addresses = networking('ipaddresses');
    const create = (name: string, type: string) =>
      addresses.create({
        metadata: { name, labels: { type } },
        spec: { parentRef: { group: 'mygroup', resource: 'myresources', namespace: 'foo', name: 'bar' } },
      });
    const broadcast = '255.255.255.255';
    const created = await create(broadcast, 'broadcast');
    await create('fe80::42:1dff:fe84:f9e2', 'link-local');

    const patched = await addresses.patch(broadcast, { metadata: { annotations: { patched: 'true' } } });
    expect(patched.metadata.annotations.patched).toBe('true');
    expect(BigInt(patched.metadata.resourceVersion)).toBeGreaterThan(BigInt(created.metadata.resourceVersion));
    const updated = await addresses.update(broadcast, ({ metadata }) => {
      metadata.annotations.updated = 'true';
    });
    expect(updated.metadata.annotations.updated).toBe('true');
    await addresses.get(broadcast);
    expect((await addresses.list('labelSelector=type=broadcast')).items).toHaveLength(1);
    expect(await addresses.watchedSince('0', 1, 'labelSelector=type=broadcast')).toHaveLength(1);

    await addresses.delete(broadcast);
    await addresses.deleteCollection('labelSelector=type=link-local');
    expect((await addresses.list('labelSelector=type=link-local')).items).toEqual([]);
  });

  conformance('[sig-network] API Server should provide secure master service', async () => {
    const services = new ResourceRequests(cluster, '/api/v1/namespaces/default/services');
    const { spec } = await services.get('kubernetes');
    expect(spec.ports).toMatchObject([{ port: 443 }]);
  });

  conformance('[sig-network] API Server should have Endpoints and EndpointSlices pointing to API Server', async () => {
    const { subsets } = await new ResourceRequests(cluster, '/api/v1/namespaces/default/endpoints').get('kubernetes');
    expect(subsets.length).toBeGreaterThan(0);
    const slices = new ResourceRequests(cluster, '/apis/discovery.k8s.io/v1/namespaces/default/endpointslices');
    const { items } = await slices.list('labelSelector=kubernetes.io/service-name=kubernetes');
    expect(items.length).toBeGreaterThan(0);

    // biome-ignore lint/suspicious/noExplicitAny: one shape of two kinds
    const unique = (values: any[]) => [...new Set(values)].sort();
    // biome-ignore lint/suspicious/noExplicitAny: one shape of two kinds
    const portsOf = (parts: any[]) => unique(parts.flatMap(({ ports }) => ports.map((one: any) => one.port)));
    // biome-ignore lint/suspicious/noExplicitAny: an EndpointSlice
    const sliced = items.flatMap(({ endpoints }: any) => endpoints.flatMap((one: any) => one.addresses));
    // biome-ignore lint/suspicious/noExplicitAny: an Endpoints' subset
    const listed = subsets.flatMap(({ addresses = [] }: any) => addresses.map((one: any) => one.ip));
    expect(unique(sliced)).toEqual(unique(listed));
    expect(portsOf(items)).toEqual(portsOf(subsets));
  });
});
