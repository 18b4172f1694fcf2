import type { MutatingWebhookConfiguration, ValidatingWebhookConfiguration } from '@orrery/api';
import type { Host } from '@orrery/runtime';
import type { Authorizer } from '../../authorization/authorizer.ts';
import type { ObjectCache } from '../../cache/object-cache.ts';
import type { ObjectVersions } from '../../custom-resources/object-versions.ts';
import type { AdmissionMetrics } from '../../metrics/admission-metrics.ts';
import type { WebhookClient } from '../../webhooks/webhook-client.ts';
import type { AdmissionPlugin } from '../admission.ts';
import type { RequestMatcher } from '../matching/request-matcher.ts';
import { MutatingWebhookAdmission } from './mutating-webhook-admission.ts';
import { ValidatingWebhookAdmission } from './validating-webhook-admission.ts';
import { WebhookCaller } from './webhook-caller.ts';
import { WebhookConditions } from './webhook-conditions.ts';
import { WebhookSource } from './webhook-source.ts';

/** What webhooks are found, matched and called with. */
export interface WebhookDependencies {
  readonly matcher: RequestMatcher;
  readonly authorizer: Authorizer;
  readonly versions: Pick<ObjectVersions, 'convert'>;
  readonly client: WebhookClient;
  readonly cache: ObjectCache;
  readonly metrics: AdmissionMetrics;
  readonly host: Pick<Host, 'clock' | 'ids' | 'logger'>;
}

/** `MutatingAdmissionWebhook` and `ValidatingAdmissionWebhook`. */
export function webhookPlugins({
  matcher,
  authorizer,
  versions,
  client,
  cache,
  metrics,
  host,
}: WebhookDependencies): AdmissionPlugin[] {
  const conditions = new WebhookConditions({ authorizer, versions });
  const caller = new WebhookCaller(matcher, conditions, versions, client, metrics, host);
  const mutating = new WebhookSource<MutatingWebhookConfiguration>(cache, 'mutatingwebhookconfigurations');
  const validating = new WebhookSource<ValidatingWebhookConfiguration>(cache, 'validatingwebhookconfigurations');
  return [
    new MutatingWebhookAdmission(mutating, caller, versions, host.logger),
    new ValidatingWebhookAdmission(validating, caller, host.logger),
  ];
}
