import type { TestCluster } from '@orrery/testing';
import { ResourceRequests } from '../api-parts/resource-requests.ts';
import type { SampleWebhook } from './sample-webhook.ts';

export type Sort = 'mutating' | 'validating';

export function configurations(cluster: TestCluster, sort: Sort): ResourceRequests {
  return new ResourceRequests(cluster, `/apis/admissionregistration.k8s.io/v1/${sort}webhookconfigurations`);
}

export interface WantedWebhook {
  readonly name: string;
  readonly operations: readonly string[];
  readonly resources: readonly string[];
  /** Default the core group's v1. */
  readonly group?: string;
  readonly versions?: readonly string[];
  /** Of the webhook server. */
  readonly path: string;
  /** Label of the namespaces that it is about. */
  readonly scope: string;
}

/** An entry of a configuration. `more`: what it has beside. */
export function webhook(sample: SampleWebhook, wanted: WantedWebhook, more: object = {}): object {
  const { name, operations, resources, group = '', versions = ['v1'], path, scope } = wanted;
  return {
    name,
    rules: [{ operations, apiGroups: [group], apiVersions: versions, resources }],
    clientConfig: sample.clientConfig(path),
    sideEffects: 'None',
    admissionReviewVersions: ['v1', 'v1beta1'],
    namespaceSelector: { matchLabels: { [scope]: 'true' } },
    ...more,
  };
}

export function denyConfigMaps(sample: SampleWebhook, scope: string): object {
  const operations = ['CREATE', 'UPDATE', 'DELETE'];
  const name = 'deny-unwanted-configmap-data.k8s.io';
  const matchExpressions = [{ key: 'skip-webhook-admission', operator: 'NotIn', values: ['yes'] }];
  return webhook(
    sample,
    { name, operations, resources: ['configmaps'], path: '/configmaps', scope },
    { namespaceSelector: { matchLabels: { [scope]: 'true' }, matchExpressions } },
  );
}

export function mutateConfigMaps(sample: SampleWebhook, scope: string, stage: number, more: object = {}): object {
  const name = `adding-configmap-data-stage-${stage}.k8s.io`;
  const path = '/mutating-configmaps';
  return webhook(sample, { name, operations: ['CREATE'], resources: ['configmaps'], path, scope }, more);
}

export const unwantedConfigMap = (name: string): object => ({
  metadata: { name },
  data: { 'webhook-e2e-test': 'webhook-disallow' },
});

export const mutableConfigMap = (name: string): object => ({ metadata: { name }, data: { 'mutation-start': 'yes' } });
