import { afterAll, beforeAll, describe, expect, jest } from '@jest/globals';
import { startCluster, type TestCluster } from '@orrery/testing';
import { type ReadObject, succeeded } from '../api-machinery/test-namespace.ts';
import { ResourceRequests } from '../api-parts/resource-requests.ts';
import { conformance } from '../conformance.ts';
import { allowAll, TestDefinition } from './test-definition.ts';

jest.setTimeout(30_000);

const group = 'apiextensions.k8s.io';

describe('custom resource definitions', () => {
  let cluster: TestCluster;
  let definitions: ResourceRequests;
  beforeAll(async () => {
    cluster = await startCluster({ services: ['storage', 'apiserver'] });
    definitions = new ResourceRequests(cluster, `/apis/${group}/v1/customresourcedefinitions`);
  });
  afterAll(() => cluster.close());

  conformance(
    '[sig-api-machinery] CustomResourceDefinition resources [Privileged:ClusterAdmin] Simple CustomResourceDefinition creating/deleting custom resource definition objects works',
    async () => {
      const definition = await TestDefinition.create(cluster, { name: 'foocreateda' });
      const { body } = await cluster.raw.get(`/apis/${definition.apiVersion()}`);
      expect(body.resources).toContainEqual(expect.objectContaining({ name: 'foocreatedas', kind: 'foocreateda' }));
      await definition.delete();
    },
  );

  conformance(
    '[sig-api-machinery] CustomResourceDefinition resources [Privileged:ClusterAdmin] Simple CustomResourceDefinition listing custom resource definition objects works',
    async () => {
      const labels = { 'e2e-list-test-uuid': 'listed' };
      const numbers = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9];
      const labelled: TestDefinition[] = [];
      for (const number of numbers) {
        labelled.push(await TestDefinition.create(cluster, { name: `foolisted${number}a`, labels }));
      }
      const other = await TestDefinition.create(cluster, { name: 'foounlisteda' });

      const selector = 'labelSelector=e2e-list-test-uuid%3Dlisted';
      const { items } = await definitions.list(selector);
      const specs = (found: ReadObject[]) => found.map(({ metadata, spec }) => ({ name: metadata.name, spec }));
      expect(specs(items)).toEqual(specs(labelled.map(({ created }) => created)));
      await definitions.deleteCollection(selector);
      for (const definition of labelled) await definition.untilGone();
      expect((await definitions.get(other.name)).metadata.deletionTimestamp).toBeUndefined();
    },
  );

  conformance(
    '[sig-api-machinery] CustomResourceDefinition resources [Privileged:ClusterAdmin] Simple CustomResourceDefinition getting/updating/patching custom resource definition status sub-resource works',
    async () => {
      const definition = await TestDefinition.create(cluster, { name: 'foostatusa' });
      const path = `${definition.name}/status`;
      const updated = await definitions.update(path, (read) => {
        expect(read.spec).toEqual(definition.created.spec);
        // As client-go sends a condition that has nothing but a message.
        read.status.conditions.push({ type: '', status: '', lastTransitionTime: null, message: 'updated' });
      });
      expect(updated.status.conditions).toContainEqual(expect.objectContaining({ message: 'updated' }));
      const patch = [{ op: 'add', path: '/status/conditions', value: [{ message: 'patched' }] }];
      const patched = await succeeded(
        cluster.raw.request('PATCH', `${definitions.path}/${path}`, patch, {
          contentType: 'application/json-patch+json',
        }),
      );
      expect(patched.status.conditions).toContainEqual(expect.objectContaining({ message: 'patched' }));
    },
  );

  conformance(
    '[sig-api-machinery] CustomResourceDefinition resources [Privileged:ClusterAdmin] should include custom resource definition resources in discovery documents',
    async () => {
      const v1 = expect.objectContaining({ groupVersion: `${group}/v1`, version: 'v1' });
      const hasV1 = expect.objectContaining({ name: group, versions: expect.arrayContaining([v1]) });
      expect((await cluster.raw.get('/apis')).body.groups).toContainEqual(hasV1);
      expect((await cluster.raw.get(`/apis/${group}`)).body).toEqual(hasV1);
      const { body } = await cluster.raw.get(`/apis/${group}/v1`);
      expect(body.groupVersion).toBe(`${group}/v1`);
      expect(body.resources).toContainEqual(expect.objectContaining({ name: 'customresourcedefinitions' }));
    },
  );

  conformance(
    '[sig-api-machinery] CustomResourceDefinition resources [Privileged:ClusterAdmin] custom resource defaulting for requests and from storage works',
    async () => {
      const text = { type: 'string' };
      const schema = { openAPIV3Schema: { ...allowAll.openAPIV3Schema, properties: { a: text, b: text } } };
      const versions = [{ name: 'v1beta1', served: true, storage: true, schema }];
      const definition = await TestDefinition.create(cluster, { name: 'foodefaulteda', versions });
      const requests = definition.requests();
      const defaultOf = (field: string) => `/spec/versions/0/schema/openAPIV3Schema/properties/${field}/default`;

      expect((await requests.create(definition.object('cr-1'))).a).toBeUndefined();
      await definition.patch([{ op: 'add', path: defaultOf('a'), value: 'A' }]);
      expect((await requests.get('cr-1')).a).toBe('A');
      expect((await requests.create(definition.object('cr-2'))).a).toBe('A');
      await definition.patch([
        { op: 'remove', path: defaultOf('a') },
        { op: 'add', path: defaultOf('b'), value: 'B' },
      ]);
      expect(await requests.get('cr-2')).toMatchObject({ a: 'A', b: 'B' });
    },
  );
});
