import { type ApiObject, codeOf, internal, type MutatingWebhook, type ValidatingWebhook } from '@orrery/api';
import type { Host } from '@orrery/runtime';
import type { ObjectVersions } from '../../custom-resources/object-versions.ts';
import type { AdmissionMetrics, WebhookCall } from '../../metrics/admission-metrics.ts';
import type { WebhookClient } from '../../webhooks/webhook-client.ts';
import type { AdmissionAttributes } from '../admission.ts';
import { isAdmissionConfiguration, type MatchCriteria, type RequestMatcher } from '../matching/request-matcher.ts';
import { admissionKind, carriesResource } from './admission-kind.ts';
import {
  type AdmissionAnswer,
  admissionReview,
  InvalidAnswerError,
  type ReviewedObjects,
  readAnswer,
  reviewVersionOf,
} from './admission-review.ts';
import type { AnyWebhook, Invocation } from './webhook.ts';
import type { WebhookConditions } from './webhook-conditions.ts';
import { CallingWebhookError, denied, dryRunUnsupported } from './webhook-errors.ts';

const timeoutSecondsDefault = 10;
const harmless = new Set(['None', 'NoneOnDryRun']);

/** What both sorts of webhooks have in common: whether one is to be called, and the call. */
export class WebhookCaller {
  constructor(
    private readonly matcher: RequestMatcher,
    private readonly conditions: WebhookConditions,
    private readonly versions: Pick<ObjectVersions, 'convert'>,
    private readonly client: WebhookClient,
    private readonly metrics: AdmissionMetrics,
    private readonly host: Pick<Host, 'clock' | 'ids'>,
  ) {}

  /** `undefined`: this webhook is not to be asked. Throws an `ApiError` where that cannot be told. */
  async invocation(attributes: AdmissionAttributes, hook: AnyWebhook): Promise<Invocation | undefined> {
    const { requested, subresource } = attributes;
    if (isAdmissionConfiguration(requested)) return undefined;
    const row = await this.matcher.match(attributes, criteriaOf(hook.webhook));
    if (row === undefined) return undefined;
    const kind = admissionKind(row, subresource);
    const invocation = { attributes, row, kind, requestKind: admissionKind(requested, subresource) };
    return (await this.conditions.hold(invocation, hook)) ? invocation : undefined;
  }

  /** Asks. Leaves the answer's warnings and annotations with the request. Throws `CallingWebhookError`, or an `ApiError` that no policy ignores. */
  async call(invocation: Invocation, hook: AnyWebhook, mutating: boolean): Promise<AdmissionAnswer> {
    const { name, failurePolicy } = hook.webhook;
    const { operation } = invocation.attributes;
    const startedAt = this.host.clock.now();
    const count = (outcome: WebhookCall['outcome'], code: number): void => {
      const seconds = (this.host.clock.now() - startedAt) / 1_000;
      this.metrics.webhookCalled({ name, mutating, operation, seconds, outcome, code });
    };
    try {
      const answer = await this.answer(invocation, hook, mutating);
      if (answer.allowed) count('allowed', 200);
      else count('denied', codeOf(denied(name, answer.result)));
      return answer;
    } catch (error) {
      if (!(error instanceof CallingWebhookError)) count('failed', 0);
      else count(failurePolicy === 'Ignore' ? 'ignored' : 'unreachable', 0);
      throw error;
    }
  }

  private async answer(invocation: Invocation, { webhook }: AnyWebhook, mutating: boolean): Promise<AdmissionAnswer> {
    const { attributes } = invocation;
    if (attributes.dryRun && !harmless.has(webhook.sideEffects)) throw dryRunUnsupported(webhook.name);
    const version = reviewVersionOf(webhook.admissionReviewVersions);
    if (version === undefined) {
      const reason =
        'could not create admission objects: webhook does not accept known AdmissionReview versions (v1, v1beta1)';
      throw new CallingWebhookError(webhook.name, reason);
    }
    const uid = this.host.ids.uuid();
    const answer = await this.ask(invocation, webhook, version, uid, mutating);
    for (const [key, value] of Object.entries(answer.auditAnnotations)) {
      attributes.annotate(`${webhook.name}/${key}`, value);
    }
    for (const warning of answer.warnings) attributes.warn(warning);
    return answer;
  }

  private async ask(
    invocation: Invocation,
    webhook: MutatingWebhook | ValidatingWebhook,
    version: 'v1' | 'v1beta1',
    uid: string,
    mutating: boolean,
  ): Promise<AdmissionAnswer> {
    const { name, clientConfig, timeoutSeconds = timeoutSecondsDefault } = webhook;
    const objects = await reviewedObjects(invocation, this.versions);
    let answered = false;
    try {
      const review = await this.client.call({
        clientConfig,
        review: admissionReview(version, uid, invocation, objects),
        timeout: timeoutSeconds * 1_000,
        signal: invocation.attributes.signal,
      });
      answered = true;
      return readAnswer(review, version, uid, mutating);
    } catch (error) {
      if (answered && !(error instanceof InvalidAnswerError)) throw error;
      const reason = answered ? 'received invalid webhook response' : 'failed to call webhook';
      throw new CallingWebhookError(name, `${reason}: ${(error as Error).message}`, { cause: error });
    }
  }
}

/** The request's objects in the version that the webhook or policy speaks of. */
export async function reviewedObjects(
  { attributes, row }: Invocation,
  versions: Pick<ObjectVersions, 'convert'>,
): Promise<ReviewedObjects> {
  const { info, subresource, object, old } = attributes;
  if (!carriesResource(row, subresource)) return { object, old };
  const converted = (one: ApiObject | undefined) => one && versions.convert(one, info, row);
  return { object: await converted(object), old: await converted(old) };
}

/**
 * What a webhook's failure comes to: the error to refuse the request with, or nothing where the webhook could not be asked and its policy
 * is to go on then.
 */
export function refusalOf({ webhook }: AnyWebhook, error: unknown): unknown {
  if (!(error instanceof CallingWebhookError)) return error;
  return webhook.failurePolicy === 'Ignore' ? undefined : internal(error);
}

function criteriaOf({
  rules = [],
  matchPolicy,
  namespaceSelector,
  objectSelector,
}: MutatingWebhook | ValidatingWebhook): MatchCriteria {
  return { rules, matchPolicy: matchPolicy === 'Exact' ? 'Exact' : 'Equivalent', namespaceSelector, objectSelector };
}
