import { afterAll, beforeAll, describe, expect } from '@jest/globals';
import { startCluster, type TestCluster } from '@orrery/testing';
import { type ReadObject, TestNamespace } from '../api-machinery/test-namespace.ts';
import { conformance } from '../conformance.ts';
import { ResourceRequests } from './resource-requests.ts';

describe('services', () => {
  let cluster: TestCluster;
  beforeAll(async () => {
    cluster = await startCluster({ nodes: 0, https: true });
  });
  afterAll(() => cluster.close());

  const servicesIn = async (name: string) => {
    const namespace = await TestNamespace.create(cluster, name);
    return new ResourceRequests(cluster, namespace.path('services'));
  };
  const port = { name: 'http', port: 80, protocol: 'TCP', targetPort: 80 };

  conformance('[sig-network] Services should find a service from listing all namespaces', async () => {
    const { items } = await new ResourceRequests(cluster, '/api/v1/services').list();
    const found = items.map(({ metadata }: ReadObject) => `${metadata.namespace}/${metadata.name}`);
    expect(found).toContain('default/kubernetes');
  });

  conformance('[sig-network] Services should delete a collection of services', async () => {
    const services = await servicesIn('service-collection');
    const labels = { 'e2e-test-svc': 'testing' };
    const list = async (selector: string) => (await services.list(`labelSelector=${selector}`)).items;
    for (const [name, type] of [
      ['e2e-svc-a', 'testing'],
      ['e2e-svc-b', 'testing'],
      ['e2e-svc-c', 'other'],
    ] as const) {
      await services.create({
        metadata: { name, labels: { ...labels, type } },
        spec: { type: 'NodePort', ports: [port], selector: { app: 'nope' } },
      });
    }
    expect(await list('e2e-test-svc=testing')).toHaveLength(3);
    await services.deleteCollection('labelSelector=e2e-test-svc=testing,type=testing');
    const left = await list('e2e-test-svc=testing');
    expect(left).toMatchObject([{ metadata: { name: 'e2e-svc-c' } }]);
    await services.delete('e2e-svc-c');
  });

  conformance('[sig-network] Services should complete a service status lifecycle', async () => {
    const services = await servicesIn('service-status');
    const name = 'test-service';
    const label = 'labelSelector=test-service-static=true';
    const { metadata } = await services.list(label);
    await services.create({
      metadata: { name, labels: { 'test-service-static': 'true' } },
      spec: { type: 'LoadBalancer', ports: [port] },
    });
    expect((await services.get(`${name}/status`)).metadata.name).toBe(name);
    const loadBalancer = { ingress: [{ ip: '203.0.113.1', ipMode: 'VIP' }] };
    const patched = await services.patch(`${name}/status`, {
      metadata: { annotations: { patchedstatus: 'true' } },
      status: { loadBalancer: { ingress: [{ ip: '203.0.113.1' }] } },
    });
    expect(patched.metadata.annotations).toEqual({ patchedstatus: 'true' });
    expect(patched.status.loadBalancer).toEqual(loadBalancer);
    const condition = { type: 'StatusUpdate', status: 'True', reason: 'E2E', message: 'Set from e2e test' };
    const updated = await services.update(`${name}/status`, ({ status }) => {
      status.conditions = [{ ...condition, lastTransitionTime: '2026-01-01T00:00:00Z' }];
    });
    expect(updated.status.conditions).toMatchObject([condition]);
    await services.strategicPatch(name, { metadata: { labels: { 'test-service': 'patched' } } });
    await services.delete(name);
    expect((await services.list(label)).items).toEqual([]);

    const events = await services.watchedSince(metadata.resourceVersion, 5, label);
    expect(events.map(({ type }) => type)).toEqual(['ADDED', 'MODIFIED', 'MODIFIED', 'MODIFIED', 'DELETED']);
    const [, first, second, third] = events.map(({ object }) => object);
    expect(first.status.loadBalancer).toEqual(loadBalancer);
    expect(second.status.conditions).toMatchObject([condition]);
    expect(third.metadata.labels['test-service']).toBe('patched');
  });

  conformance('[sig-network] Services should be able to change the type from ExternalName to ClusterIP', async () => {
    const services = await servicesIn('external-to-cluster');
    await services.create(externalName);
    const { spec } = await services.update('changing', (service) => {
      service.spec = { type: 'ClusterIP', ports: [port] };
    });
    expect(spec).toMatchObject({ type: 'ClusterIP', clusterIP: expect.stringMatching(/^10\./) });
    expect(spec.externalName).toBeUndefined();
  });

  conformance('[sig-network] Services should be able to change the type from ExternalName to NodePort', async () => {
    const services = await servicesIn('external-to-node');
    await services.create(externalName);
    const { spec } = await services.update('changing', (service) => {
      service.spec = { type: 'NodePort', ports: [port] };
    });
    expect(spec).toMatchObject({ type: 'NodePort', clusterIP: expect.stringMatching(/^10\./) });
    expect(spec.ports[0].nodePort).toBeGreaterThanOrEqual(30_000);
  });

  conformance('[sig-network] Services should be able to change the type from ClusterIP to ExternalName', async () => {
    const services = await servicesIn('cluster-to-external');
    await services.create({ metadata: { name: 'changing' }, spec: { type: 'ClusterIP', ports: [port] } });
    expectExternal(await services.update('changing', becomeExternal));
  });

  conformance('[sig-network] Services should be able to change the type from NodePort to ExternalName', async () => {
    const services = await servicesIn('node-to-external');
    await services.create({ metadata: { name: 'changing' }, spec: { type: 'NodePort', ports: [port] } });
    expectExternal(await services.update('changing', becomeExternal));
  });

  conformance('[sig-network] Endpoints should test the lifecycle of an Endpoint', async () => {
    const namespace = await TestNamespace.create(cluster, 'endpoint-lifecycle');
    const endpoints = new ResourceRequests(cluster, namespace.path('endpoints'));
    const everywhere = new ResourceRequests(cluster, '/api/v1/endpoints');
    const name = 'testservice';
    const label = 'labelSelector=test-endpoint-static=true';
    const { metadata } = await endpoints.list(label);
    const subset = (ip: string, servicePort: number) => ({
      addresses: [{ ip }],
      ports: [{ name: 'http', port: servicePort, protocol: 'TCP' }],
    });
    await endpoints.create({
      metadata: { name, labels: { 'test-endpoint-static': 'true' } },
      subsets: [subset('10.0.0.24', 80)],
    });
    expect((await everywhere.list(label)).items).toHaveLength(1);
    await endpoints.update(name, (object) => {
      object.metadata.labels['test-service'] = 'updated';
    });
    expect((await endpoints.get(name)).metadata.labels['test-service']).toBe('updated');
    await endpoints.strategicPatch(name, {
      metadata: { labels: { 'test-service': 'patched' } },
      subsets: [subset('10.0.0.25', 8080)],
    });
    const patched = await endpoints.get(name);
    expect(patched.metadata.labels['test-service']).toBe('patched');
    expect(patched.subsets).toEqual([subset('10.0.0.25', 8080)]);
    await endpoints.deleteCollection(label);
    expect(await endpoints.isGone(name)).toBe(true);
    const events = await endpoints.watchedSince(metadata.resourceVersion, 4, label);
    expect(events.map(({ type }) => type)).toEqual(['ADDED', 'MODIFIED', 'MODIFIED', 'DELETED']);
  });
});

const externalName = {
  metadata: { name: 'changing' },
  spec: { type: 'ExternalName', externalName: 'foo.example.com' },
};

function becomeExternal(service: ReadObject): void {
  service.spec.type = 'ExternalName';
  service.spec.externalName = 'another.example.com';
  delete service.spec.clusterIP;
  delete service.spec.clusterIPs;
}

function expectExternal({ spec }: ReadObject): void {
  expect(spec).toMatchObject({ type: 'ExternalName', externalName: 'another.example.com' });
  expect(spec.clusterIP).toBeUndefined();
  expect(spec.ports?.[0]?.nodePort).toBeUndefined();
}
