import { afterAll, beforeAll, describe, expect, jest } from '@jest/globals';
import { startCluster, type TestCluster } from '@orrery/testing';
import { conformance } from '../conformance.ts';
import { succeeded, TestNamespace } from './test-namespace.ts';

jest.setTimeout(30_000);

const group = '/apis/admissionregistration.k8s.io/v1';
const deployments = 'apps/v1/deployments';

describe('admission policies', () => {
  let cluster: TestCluster;
  beforeAll(async () => {
    cluster = await startCluster({ services: ['storage', 'apiserver'] });
  });
  afterAll(() => cluster.close());

  /** A policy about the deployments of a new namespace, and its binding. */
  const policyFor = async (name: string, kind: 'validating' | 'mutating', spec: object): Promise<TestNamespace> => {
    const labels = { [name]: 'true' };
    const namespace = await TestNamespace.create(cluster, name, { labels, serviceAccount: false });
    const namespaceSelector = { matchLabels: labels };
    const rule = { apiGroups: ['apps'], apiVersions: ['v1'], operations: ['CREATE', 'UPDATE'] };
    const matchConstraints = { namespaceSelector, resourceRules: [{ ...rule, resources: ['deployments'] }] };
    const policyName = `${name}.policy.example.com`;
    const policy = { metadata: { name: policyName }, spec: { matchConstraints, ...spec } };
    await succeeded(cluster.raw.post(`${group}/${kind}admissionpolicies`, policy));
    const binding = {
      metadata: { name: `${name}.binding.example.com` },
      spec: {
        policyName,
        matchResources: { namespaceSelector },
        ...(kind === 'validating' && { validationActions: ['Deny'] }),
      },
    };
    await succeeded(cluster.raw.post(`${group}/${kind}admissionpolicybindings`, binding));
    return namespace;
  };
  const mutation = (expression: string) => ({
    reinvocationPolicy: 'Never',
    mutations: [{ patchType: 'ApplyConfiguration', applyConfiguration: { expression } }],
  });
  const replicated = (name: string, replicas: number) => {
    const labels = { app: 'nginx' };
    const template = { metadata: { labels }, spec: { containers: [{ name: 'nginx', image: 'nginx:latest' }] } };
    return { metadata: { name, labels }, spec: { replicas, selector: { matchLabels: labels }, template } };
  };

  conformance(
    '[sig-api-machinery] ValidatingAdmissionPolicy [Privileged:ClusterAdmin] should validate against a Deployment',
    async () => {
      const namespace = await policyFor('validate-deployment', 'validating', {
        validations: [
          {
            expression: 'object.spec.replicas > 1',
            messageExpression: "'wants replicas > 1, got ' + object.spec.replicas",
          },
        ],
      });
      const denied = await namespace.request('POST', deployments, replicated('marker-deployment', 1));
      expect(denied).toMatchObject({ status: 422, body: { reason: 'Invalid' } });
      await namespace.create(deployments, replicated('replicated', 2));
      await namespace.create('apps/v1/replicasets', replicated('non-replicated', 1));
    },
  );

  conformance(
    '[sig-api-machinery] ValidatingAdmissionPolicy [Privileged:ClusterAdmin] should allow expressions to refer variables.',
    async () => {
      const namespace = await policyFor('variables', 'validating', {
        variables: [
          { name: 'replicas', expression: 'object.spec.replicas' },
          { name: 'oddReplicas', expression: 'variables.replicas % 2 == 1' },
        ],
        validations: [{ expression: 'variables.replicas > 1' }, { expression: 'variables.oddReplicas' }],
      });
      const denied = await namespace.request('POST', deployments, replicated('marker-deployment', 1));
      expect(denied).toMatchObject({ status: 422, body: { reason: 'Invalid' } });
      await namespace.create(deployments, replicated('replicated', 3));
      await namespace.create('apps/v1/replicasets', replicated('non-replicated', 1));
    },
  );

  conformance(
    '[sig-api-machinery] MutatingAdmissionPolicy [Privileged:ClusterAdmin] should mutate a Deployment with annotations',
    async () => {
      const expression = 'Object{metadata: Object.metadata{annotations: {"mutated-by": "admission-policy"}}}';
      const namespace = await policyFor('mutate-annotations', 'mutating', mutation(expression));
      const { metadata } = await namespace.create(deployments, replicated('marker-deployment', 1));
      expect(metadata.annotations).toEqual({ 'mutated-by': 'admission-policy' });
    },
  );

  conformance(
    '[sig-api-machinery] MutatingAdmissionPolicy [Privileged:ClusterAdmin] should mutate a Deployment',
    async () => {
      const expression = 'Object{spec: Object.spec{replicas: 1337}}';
      const namespace = await policyFor('mutate-deployment', 'mutating', mutation(expression));
      const { spec } = await namespace.create(deployments, replicated('marker-deployment', 1));
      expect(spec.replicas).toBe(1337);
    },
  );
});
