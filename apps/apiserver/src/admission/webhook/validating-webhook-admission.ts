import { timeout, type ValidatingWebhook, type ValidatingWebhookConfiguration } from '@orrery/api';
import type { Logger } from '@orrery/runtime';
import type { AdmissionAttributes, AdmissionPlugin } from '../admission.ts';
import type { ConfiguredWebhook, Invocation } from './webhook.ts';
import { refusalOf, type WebhookCaller } from './webhook-caller.ts';
import { denied } from './webhook-errors.ts';
import type { WebhookSource } from './webhook-source.ts';

type Hook = ConfiguredWebhook<ValidatingWebhook>;

const annotationPrefix = 'failed-open.validation.webhook.admission.k8s.io/';

/** Asks all validating webhooks at once whether the final object may be. */
export class ValidatingWebhookAdmission implements AdmissionPlugin {
  readonly name = 'ValidatingAdmissionWebhook';

  constructor(
    private readonly source: WebhookSource<ValidatingWebhookConfiguration>,
    private readonly caller: WebhookCaller,
    private readonly logger: Logger,
  ) {}

  async validate(attributes: AdmissionAttributes): Promise<void> {
    const invoked: { hook: Hook; invocation: Invocation }[] = [];
    for (const hook of this.source.list()) {
      const invocation = await this.caller.invocation(attributes, hook);
      if (invocation !== undefined) invoked.push({ hook, invocation });
    }
    if (invoked.length === 0) return;
    if (attributes.signal?.aborted) throw timeout('request did not complete within requested timeout');
    const refusals = await Promise.all(invoked.map(({ hook, invocation }, at) => this.refusal(hook, invocation, at)));
    const refused = refusals.find((refusal) => refusal !== undefined);
    if (refused !== undefined) throw refused;
  }

  private async refusal(hook: Hook, invocation: Invocation, at: number): Promise<unknown> {
    const { webhook, configuration } = hook;
    try {
      const { allowed, result } = await this.caller.call(invocation, hook, false);
      return allowed ? undefined : denied(webhook.name, result);
    } catch (error) {
      const refusal = refusalOf(hook, error);
      if (refusal === undefined) {
        invocation.attributes.annotate(`${annotationPrefix}round_0_index_${at}`, webhook.name);
        this.logger.warn('webhook failed, failing open', { configuration, webhook: webhook.name, error });
      }
      return refusal;
    }
  }
}
