import { afterAll, beforeAll, describe, expect } from '@jest/globals';
import { startCluster, type TestCluster } from '@orrery/testing';
import { type ReadObject, TestNamespace } from '../api-machinery/test-namespace.ts';
import { conformance } from '../conformance.ts';
import { exerciseApiOperations, exerciseStatus } from './api-operations.ts';
import type { ResourceRequests } from './resource-requests.ts';

const api = { group: 'resource.k8s.io', version: 'v1' };

/** One field by server-side apply, beside what was created and updated. */
async function applyAnnotation(requests: ResourceRequests, { kind, metadata: { name } }: ReadObject): Promise<void> {
  const apiVersion = `${api.group}/${api.version}`;
  const applied = await requests.apply(name, {
    apiVersion,
    kind,
    metadata: { name, annotations: { applied: 'true' } },
  });
  expect(applied.metadata.annotations).toMatchObject({ applied: 'true', updated: 'true' });
}

const devices = { requests: [{ name: 'req-0', exactly: { deviceClassName: 'example.com' } }] };

describe('the API of devices', () => {
  let cluster: TestCluster;
  beforeAll(async () => {
    cluster = await startCluster({ services: ['storage', 'apiserver'], https: true });
  });
  afterAll(() => cluster.close());

  const namespaceOf = (name: string) => TestNamespace.create(cluster, name, { serviceAccount: false });

  conformance('[sig-node] [DRA] CRUD Tests resource.k8s.io/v1 DeviceClass', () =>
    exerciseApiOperations(cluster, {
      ...api,
      resource: 'deviceclasses',
      template: { spec: { selectors: [{ cel: { expression: 'device.driver == "dra.example.com"' } }] } },
      beforeDelete: applyAnnotation,
    }),
  );

  conformance('[sig-node] [DRA] CRUD Tests resource.k8s.io/v1 ResourceSlice', () =>
    exerciseApiOperations(cluster, {
      ...api,
      resource: 'resourceslices',
      template: {
        spec: {
          driver: 'dra.example.com',
          nodeName: 'no-such-node',
          pool: { name: 'cluster', resourceSliceCount: 1 },
          devices: [{ name: 'device-0' }],
        },
      },
      beforeDelete: applyAnnotation,
    }),
  );

  conformance('[sig-node] [DRA] CRUD Tests resource.k8s.io/v1 ResourceClaim', async () => {
    await exerciseApiOperations(cluster, {
      ...api,
      resource: 'resourceclaims',
      subresources: ['status'],
      namespace: await namespaceOf('claims'),
      template: { spec: { devices } },
      beforeDelete: async (claims, claim) => {
        await applyAnnotation(claims, claim);
        const result = { request: 'req-0', driver: 'dra.example.com', pool: 'cluster', device: 'device-0' };
        const allocation = { devices: { results: [result] } };
        const consumer = { resource: 'pods', name: 'pod', uid: 'some-uid' };
        await exerciseStatus(claims, claim.metadata.name, {
          patched: { allocation },
          updated: { allocation, reservedFor: [consumer] },
        });
      },
    });
  });

  conformance('[sig-node] [DRA] CRUD Tests resource.k8s.io/v1 ResourceClaimTemplate', async () => {
    await exerciseApiOperations(cluster, {
      ...api,
      resource: 'resourceclaimtemplates',
      namespace: await namespaceOf('claim-templates'),
      template: { spec: { spec: { devices } } },
      beforeDelete: applyAnnotation,
    });
  });
});
