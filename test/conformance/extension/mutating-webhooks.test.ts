import { afterAll, beforeAll, describe, expect, jest } from '@jest/globals';
import { startCluster, type TestCluster } from '@orrery/testing';
import { strategicMergePatch, TestNamespace } from '../api-machinery/test-namespace.ts';
import { conformance } from '../conformance.ts';
import { SampleWebhook } from './sample-webhook.ts';
import { allowAll, TestDefinition } from './test-definition.ts';
import { configurations, mutableConfigMap, mutateConfigMaps, webhook } from './webhook-configuration.ts';

jest.setTimeout(30_000);

describe('webhooks that mutate', () => {
  let cluster: TestCluster;
  let sample: SampleWebhook;
  beforeAll(async () => {
    cluster = await startCluster({ services: ['storage', 'apiserver', 'controller-manager'], time: 'real', nodes: 0 });
    sample = await SampleWebhook.start(cluster);
  });
  afterAll(async () => {
    await cluster.close();
    await sample.stop();
  });

  const register = (name: string, ...webhooks: object[]) =>
    configurations(cluster, 'mutating').create({ metadata: { name }, webhooks });
  const scoped = (name: string, serviceAccount = false) =>
    TestNamespace.create(cluster, name, { serviceAccount, labels: { [name]: 'true' } });

  conformance('[sig-api-machinery] AdmissionWebhook [Privileged:ClusterAdmin] should mutate configmap', async () => {
    const scope = 'mutate-configmap';
    const namespace = await scoped(scope);
    await register(scope, mutateConfigMaps(sample, scope, 1), mutateConfigMaps(sample, scope, 2));
    const { data } = await namespace.create('configmaps', mutableConfigMap('to-be-mutated'));
    expect(data).toEqual({ 'mutation-start': 'yes', 'mutation-stage-1': 'yes', 'mutation-stage-2': 'yes' });
  });

  conformance(
    "[sig-api-machinery] AdmissionWebhook [Privileged:ClusterAdmin] should mutate everything except 'skip-me' configmaps",
    async () => {
      const scope = 'mutate-except';
      const namespace = await scoped(scope);
      const matchConditions = [{ name: 'skip-me', expression: "object.metadata.name != 'skip-me'" }];
      await register(scope, mutateConfigMaps(sample, scope, 1, { matchConditions }));
      const mutated = await namespace.create('configmaps', mutableConfigMap('another'));
      expect(mutated.data).toEqual({ 'mutation-start': 'yes', 'mutation-stage-1': 'yes' });
      const skipped = await namespace.create('configmaps', mutableConfigMap('skip-me'));
      expect(skipped.data).toEqual({ 'mutation-start': 'yes' });
    },
  );

  conformance(
    '[sig-api-machinery] AdmissionWebhook [Privileged:ClusterAdmin] should mutate pod and apply defaults after mutation',
    async () => {
      const scope = 'mutate-pod';
      const namespace = await scoped(scope, true);
      const wanted = { operations: ['CREATE'], resources: ['pods'], path: '/mutating-pods', scope };
      await register(scope, webhook(sample, { name: 'adding-init-container.k8s.io', ...wanted }));
      const { spec } = await namespace.create('pods', {
        metadata: { name: 'webhook-to-be-mutated' },
        spec: { containers: [{ name: 'example', image: 'registry.k8s.io/pause:3.10' }] },
      });
      expect(spec.initContainers).toHaveLength(1);
      expect(spec.initContainers[0]).toMatchObject({
        name: 'webhook-added-init-container',
        terminationMessagePolicy: 'File',
      });
    },
  );

  /** A definition whose objects two webhooks change, one after the other. */
  async function mutatedDefinition(scope: string, versions: readonly object[]): Promise<TestDefinition> {
    await scoped(scope);
    const name = `e2e-test-${scope}-crd`;
    const group = 'webhook.example.com';
    const definition = await TestDefinition.create(cluster, { name, group, scope: 'Namespaced', versions });
    const stage = (number: number, operations: readonly string[]) =>
      webhook(sample, {
        name: `mutate-custom-resource-data-stage-${number}.k8s.io`,
        operations,
        group,
        versions: versions.map((version) => (version as { name: string }).name),
        resources: [`${name}s`],
        path: '/mutating-custom-resource',
        scope,
      });
    await register(scope, stage(1, ['CREATE', 'UPDATE']), stage(2, ['CREATE']));
    return definition;
  }

  const createMutable = (definition: TestDefinition, namespace: string) =>
    definition
      .requests('v1', namespace)
      .create(definition.object('cr-instance-1', { data: { 'mutation-start': 'yes' } }));
  const both = (schema: object) => [
    { name: 'v1', served: true, storage: true, schema },
    { name: 'v2', served: true, storage: false, schema },
  ];

  conformance(
    '[sig-api-machinery] AdmissionWebhook [Privileged:ClusterAdmin] should mutate custom resource',
    async () => {
      const scope = 'mutate-custom-resource';
      const versions = [{ name: 'v1', served: true, storage: true, schema: allowAll }];
      const definition = await mutatedDefinition(scope, versions);
      const { data } = await createMutable(definition, scope);
      expect(data).toEqual({ 'mutation-start': 'yes', 'mutation-stage-1': 'yes', 'mutation-stage-2': 'yes' });
    },
  );

  conformance(
    '[sig-api-machinery] AdmissionWebhook [Privileged:ClusterAdmin] should mutate custom resource with different stored version',
    async () => {
      const scope = 'mutate-stored-version';
      const definition = await mutatedDefinition(scope, both(allowAll));
      await createMutable(definition, scope);
      const versions = both(allowAll).map((version) => ({ ...version, storage: version.name === 'v2' }));
      await definition.patch({ spec: { versions } }, strategicMergePatch.contentType);
      const patched = await cluster.raw.request(
        'PATCH',
        `${definition.requests('v2', scope).path}/cr-instance-1`,
        [{ op: 'add', path: '/dummy', value: 'test' }],
        { contentType: 'application/json-patch+json' },
      );
      expect(patched.status).toBe(200);
      expect(patched.body).toMatchObject({
        apiVersion: 'webhook.example.com/v2',
        dummy: 'test',
        data: { 'mutation-start': 'yes', 'mutation-stage-1': 'yes', 'mutation-stage-2': 'yes' },
      });
    },
  );

  conformance(
    '[sig-api-machinery] AdmissionWebhook [Privileged:ClusterAdmin] should mutate custom resource with pruning',
    async () => {
      const scope = 'mutate-with-pruning';
      const text = { type: 'string' };
      // What the second stage adds is not in the schema.
      const properties = { data: { type: 'object', properties: { 'mutation-start': text, 'mutation-stage-1': text } } };
      const definition = await mutatedDefinition(scope, both({ openAPIV3Schema: { type: 'object', properties } }));
      const { data } = await createMutable(definition, scope);
      expect(data).toEqual({ 'mutation-start': 'yes', 'mutation-stage-1': 'yes' });
    },
  );
});
