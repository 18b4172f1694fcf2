import { afterAll, beforeAll, describe, jest } from '@jest/globals';
import { startCluster, type TestCluster } from '@orrery/testing';
import { conformance } from '../conformance.ts';
import { expectOperations } from './operated-resource.ts';

jest.setTimeout(30_000);

const flowControl = { group: 'flowcontrol.apiserver.k8s.io', version: 'v1' };
const admission = { group: 'admissionregistration.k8s.io', version: 'v1' };
const condition = { status: 'False', reason: 'E2E', message: 'Set from an e2e test' };
const lastTransitionTime = '2024-01-01T00:00:00Z';
const matchConstraints = {
  resourceRules: [{ apiGroups: ['apps'], apiVersions: ['v1'], operations: ['CREATE'], resources: ['deployments'] }],
};

describe('all operations', () => {
  let cluster: TestCluster;
  beforeAll(async () => {
    cluster = await startCluster({ services: ['storage', 'apiserver'], https: true });
  });
  afterAll(() => cluster.close());

  conformance('[sig-api-machinery] API priority and fairness should support FlowSchema API operations', () =>
    expectOperations(cluster, {
      ...flowControl,
      resource: 'flowschemas',
      kind: 'FlowSchema',
      spec: {
        matchingPrecedence: 10_000,
        priorityLevelConfiguration: { name: 'global-default' },
        distinguisherMethod: { type: 'ByUser' },
        rules: [
          {
            subjects: [{ kind: 'User', user: { name: 'example-e2e-non-existent-user' } }],
            nonResourceRules: [{ verbs: ['*'], nonResourceURLs: ['*'] }],
          },
        ],
      },
      patch: { spec: { matchingPrecedence: 9_999 } },
      update: {
        change: ({ spec }) => {
          spec.matchingPrecedence = 9_000;
        },
        spec: { matchingPrecedence: 9_000 },
      },
      condition,
    }),
  );

  conformance(
    '[sig-api-machinery] API priority and fairness should support PriorityLevelConfiguration API operations',
    () =>
      expectOperations(cluster, {
        ...flowControl,
        resource: 'prioritylevelconfigurations',
        kind: 'PriorityLevelConfiguration',
        spec: { type: 'Limited', limited: { nominalConcurrencyShares: 2, limitResponse: { type: 'Reject' } } },
        patch: { spec: { limited: { nominalConcurrencyShares: 4 } } },
        update: {
          change: ({ spec }) => {
            spec.limited.nominalConcurrencyShares = 6;
          },
          spec: { limited: { nominalConcurrencyShares: 6 } },
        },
        condition,
      }),
  );

  conformance(
    '[sig-api-machinery] ValidatingAdmissionPolicy [Privileged:ClusterAdmin] should support ValidatingAdmissionPolicy API operations',
    () =>
      expectOperations(cluster, {
        ...admission,
        resource: 'validatingadmissionpolicies',
        kind: 'ValidatingAdmissionPolicy',
        spec: { matchConstraints, validations: [{ expression: 'object.spec.replicas <= 100' }] },
        patch: { spec: { failurePolicy: 'Ignore' } },
        update: {
          change: ({ spec }) => {
            spec.failurePolicy = 'Fail';
          },
          spec: { failurePolicy: 'Fail' },
        },
        condition: { ...condition, lastTransitionTime },
      }),
  );

  conformance(
    '[sig-api-machinery] ValidatingAdmissionPolicy [Privileged:ClusterAdmin] should support ValidatingAdmissionPolicyBinding API operations',
    () =>
      expectOperations(cluster, {
        ...admission,
        resource: 'validatingadmissionpolicybindings',
        kind: 'ValidatingAdmissionPolicyBinding',
        spec: { policyName: 'replicalimit-policy.example.com', validationActions: ['Deny'] },
        patch: { spec: { validationActions: ['Warn'] } },
        update: {
          change: ({ spec }) => {
            spec.validationActions = ['Deny'];
          },
          spec: { validationActions: ['Deny'] },
        },
      }),
  );

  conformance(
    '[sig-api-machinery] MutatingAdmissionPolicy [Privileged:ClusterAdmin] should support MutatingAdmissionPolicy API operations',
    () =>
      expectOperations(cluster, {
        ...admission,
        resource: 'mutatingadmissionpolicies',
        kind: 'MutatingAdmissionPolicy',
        spec: {
          reinvocationPolicy: 'Never',
          matchConstraints,
          mutations: [
            {
              patchType: 'ApplyConfiguration',
              applyConfiguration: { expression: 'Object{spec: Object.spec{replicas: 100}}' },
            },
          ],
        },
        patch: { spec: { reinvocationPolicy: 'IfNeeded' } },
        update: {
          change: ({ spec }) => {
            spec.reinvocationPolicy = 'Never';
          },
          spec: { reinvocationPolicy: 'Never' },
        },
      }),
  );

  conformance(
    '[sig-api-machinery] MutatingAdmissionPolicy [Privileged:ClusterAdmin] should support MutatingAdmissionPolicyBinding API operations',
    () =>
      expectOperations(cluster, {
        ...admission,
        resource: 'mutatingadmissionpolicybindings',
        kind: 'MutatingAdmissionPolicyBinding',
        spec: { policyName: 'replicalimit-policy.example.com' },
        patch: { spec: { policyName: 'new-policy.example.com' } },
        update: {
          change: ({ spec }) => {
            spec.policyName = 'replicalimit-policy.example.com';
          },
          spec: { policyName: 'replicalimit-policy.example.com' },
        },
      }),
  );
});
