import { afterAll, beforeAll, describe, expect, jest } from '@jest/globals';
import { startCluster, type TestCluster } from '@orrery/testing';
import { type ReadObject, TestNamespace } from '../api-machinery/test-namespace.ts';
import { conformance } from '../conformance.ts';
import { refusal } from './refusal.ts';
import { SampleWebhook } from './sample-webhook.ts';
import {
  configurations,
  denyConfigMaps,
  mutableConfigMap,
  mutateConfigMaps,
  type Sort,
  unwantedConfigMap,
  webhook,
} from './webhook-configuration.ts';

jest.setTimeout(30_000);

describe('webhook configurations', () => {
  let cluster: TestCluster;
  let sample: SampleWebhook;
  beforeAll(async () => {
    cluster = await startCluster({ services: ['storage', 'apiserver'], time: 'real' });
    sample = await SampleWebhook.start(cluster);
  });
  afterAll(async () => {
    await cluster.close();
    await sample.stop();
  });

  const scoped = (name: string) =>
    TestNamespace.create(cluster, name, { serviceAccount: false, labels: { [name]: 'true' } });

  /** Whether the webhooks look at a config map that is created in the namespace. */
  const isJudged: Readonly<Record<Sort, (namespace: TestNamespace) => Promise<boolean>>> = {
    validating: async (namespace) => {
      const { status, body } = await namespace.request('POST', 'configmaps', unwantedConfigMap('judged'));
      if (status === 201) await namespace.delete('configmaps/judged');
      else expect(body.message).toContain('denied');
      return status !== 201;
    },
    mutating: async (namespace) => {
      const { data } = await namespace.create('configmaps', mutableConfigMap('judged'));
      await namespace.delete('configmaps/judged');
      return data['mutation-stage-1'] === 'yes';
    },
  };
  const judge = (sort: Sort, scope: string): object =>
    sort === 'validating' ? denyConfigMaps(sample, scope) : mutateConfigMaps(sample, scope, 1);

  conformance(
    '[sig-api-machinery] AdmissionWebhook [Privileged:ClusterAdmin] should include webhook resources in discovery documents',
    async () => {
      const group = 'admissionregistration.k8s.io';
      const v1 = expect.objectContaining({ groupVersion: `${group}/v1`, version: 'v1' });
      const hasV1 = expect.objectContaining({ name: group, versions: expect.arrayContaining([v1]) });
      expect((await cluster.raw.get('/apis')).body.groups).toContainEqual(hasV1);
      expect((await cluster.raw.get(`/apis/${group}`)).body).toEqual(hasV1);
      const { body } = await cluster.raw.get(`/apis/${group}/v1`);
      expect(body.groupVersion).toBe(`${group}/v1`);
      const names = body.resources.map(({ name }: ReadObject) => name);
      expect(names).toEqual(
        expect.arrayContaining(['mutatingwebhookconfigurations', 'validatingwebhookconfigurations']),
      );
    },
  );

  async function exerciseChanges(sort: Sort): Promise<void> {
    const scope = `changed-${sort}`;
    const namespace = await scoped(scope);
    const requests = configurations(cluster, sort);
    await requests.create({ metadata: { name: scope }, webhooks: [judge(sort, scope)] });
    expect(await isJudged[sort](namespace)).toBe(true);
    await requests.update(scope, ({ webhooks }) => {
      webhooks[0].rules[0].operations = ['UPDATE'];
    });
    expect(await isJudged[sort](namespace)).toBe(false);
    const patch = [{ op: 'replace', path: '/webhooks/0/rules/0/operations', value: ['CREATE'] }];
    const contentType = 'application/json-patch+json';
    const patched = await cluster.raw.request('PATCH', `${requests.path}/${scope}`, patch, { contentType });
    expect(patched.status).toBe(200);
    expect(await isJudged[sort](namespace)).toBe(true);
  }

  conformance(
    '[sig-api-machinery] AdmissionWebhook [Privileged:ClusterAdmin] patching/updating a validating webhook should work',
    () => exerciseChanges('validating'),
  );

  conformance(
    '[sig-api-machinery] AdmissionWebhook [Privileged:ClusterAdmin] patching/updating a mutating webhook should work',
    () => exerciseChanges('mutating'),
  );

  async function exerciseList(sort: Sort): Promise<void> {
    const scope = `listed-${sort}`;
    const namespace = await scoped(scope);
    const requests = configurations(cluster, sort);
    const labels = { 'e2e-list-test-uuid': scope };
    for (let number = 0; number < 10; number++) {
      const metadata = { name: `${scope}-${number}`, labels };
      await requests.create({ metadata, webhooks: [judge(sort, scope)] });
    }
    const selector = `labelSelector=e2e-list-test-uuid%3D${scope}`;
    expect((await requests.list(selector)).items).toHaveLength(10);
    expect(await isJudged[sort](namespace)).toBe(true);
    await requests.deleteCollection(selector);
    expect((await requests.list(selector)).items).toHaveLength(0);
    expect(await isJudged[sort](namespace)).toBe(false);
  }

  conformance(
    '[sig-api-machinery] AdmissionWebhook [Privileged:ClusterAdmin] listing validating webhooks should work',
    () => exerciseList('validating'),
  );

  conformance(
    '[sig-api-machinery] AdmissionWebhook [Privileged:ClusterAdmin] listing mutating webhooks should work',
    () => exerciseList('mutating'),
  );

  const condition = (number: number, namespace: string) => ({
    name: `expression-${number}`,
    expression: `object.metadata.namespace == '${namespace}'`,
  });

  async function exerciseConditions(sort: Sort): Promise<void> {
    const name = `conditional-${sort}`;
    const requests = configurations(cluster, sort);
    const conditionsOf = async () => (await requests.get(name)).webhooks[0].matchConditions;
    const matchConditions = [condition(1, 'production')];
    await requests.create({ metadata: { name }, webhooks: [{ ...judge(sort, name), matchConditions }] });
    expect(await conditionsOf()).toEqual(matchConditions);
    const more = [...matchConditions, condition(2, 'staging')];
    await requests.update(name, ({ webhooks }) => {
      webhooks[0].matchConditions = more;
    });
    expect(await conditionsOf()).toEqual(more);
  }

  conformance(
    '[sig-api-machinery] AdmissionWebhook [Privileged:ClusterAdmin] should be able to create and update validating webhook configurations with match conditions',
    () => exerciseConditions('validating'),
  );

  conformance(
    '[sig-api-machinery] AdmissionWebhook [Privileged:ClusterAdmin] should be able to create and update mutating webhook configurations with match conditions',
    () => exerciseConditions('mutating'),
  );

  async function exerciseInvalidCondition(sort: Sort): Promise<void> {
    const name = `invalid-${sort}`;
    const matchConditions = [{ name: 'invalid-expression-1', expression: '... [] bad expression' }];
    const webhooks = [{ ...judge(sort, name), matchConditions }];
    const { message } = await refusal(
      configurations(cluster, sort).answer('POST', '', { metadata: { name }, webhooks }),
    );
    expect(message).toContain('compilation failed');
  }

  conformance(
    '[sig-api-machinery] AdmissionWebhook [Privileged:ClusterAdmin] should reject validating webhook configurations with invalid match conditions',
    () => exerciseInvalidCondition('validating'),
  );

  conformance(
    '[sig-api-machinery] AdmissionWebhook [Privileged:ClusterAdmin] should reject mutating webhook configurations with invalid match conditions',
    () => exerciseInvalidCondition('mutating'),
  );

  conformance(
    '[sig-api-machinery] AdmissionWebhook [Privileged:ClusterAdmin] should not be able to mutate or prevent deletion of webhook configuration objects',
    async () => {
      const scope = 'blocking';
      const aboutConfigurations = (name: string, path: string, operation: string) =>
        webhook(
          sample,
          {
            name,
            operations: [operation],
            group: 'admissionregistration.k8s.io',
            versions: ['*'],
            resources: ['validatingwebhookconfigurations', 'mutatingwebhookconfigurations'],
            path,
            scope,
          },
          { failurePolicy: 'Fail' },
        );
      const deny = aboutConfigurations('deny-webhook-configuration-deletions.k8s.io', '/always-deny', 'DELETE');
      const label = aboutConfigurations('add-label-to-webhook-configurations.k8s.io', '/add-label', 'CREATE');
      await configurations(cluster, 'validating').create({ metadata: { name: scope }, webhooks: [deny] });
      await configurations(cluster, 'mutating').create({ metadata: { name: scope }, webhooks: [label] });

      for (const sort of ['validating', 'mutating'] as const) {
        const dummy = webhook(
          sample,
          { name: `dummy-${sort}-webhook.k8s.io`, operations: ['CREATE'], resources: ['invalid'], path: '', scope },
          { clientConfig: sample.failingClientConfig(''), failurePolicy: 'Ignore' },
        );
        const requests = configurations(cluster, sort);
        const created = await requests.create({ metadata: { name: 'dummy' }, webhooks: [dummy] });
        expect(created.metadata.labels).toBeUndefined();
        await requests.delete('dummy');
      }
    },
  );
});
