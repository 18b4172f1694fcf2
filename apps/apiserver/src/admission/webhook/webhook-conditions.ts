import { forbidden } from '@orrery/api';
import { type ExpressionContext, expressionActivation } from '../policy/expression-activation.ts';
import { expressionEnvironment } from '../policy/expression-environment.ts';
import { MatchConditions, MatchConditionsError } from '../policy/match-conditions.ts';
import type { AnyWebhook, Invocation } from './webhook.ts';

/** The match conditions of webhooks, which are compiled once for as long as their configuration does not change. */
export class WebhookConditions {
  private readonly compiled = new WeakMap<object, MatchConditions>();
  private readonly environment = expressionEnvironment({ hasParams: false, hasAuthorizer: true });

  constructor(private readonly context: ExpressionContext) {}

  /** Throws `Forbidden` where it cannot be told and the webhook's policy is to fail then. */
  async hold(invocation: Invocation, { webhook }: AnyWebhook): Promise<boolean> {
    const { matchConditions = [], failurePolicy } = webhook;
    if (matchConditions.length === 0) return true;
    const conditions = this.compiled.get(webhook) ?? new MatchConditions(matchConditions, this.environment);
    this.compiled.set(webhook, conditions);
    try {
      return conditions.match(await expressionActivation(invocation, undefined, this.context));
    } catch (error) {
      if (!(error instanceof MatchConditionsError)) throw error;
      if (failurePolicy === 'Ignore') return false;
      const { requested, name } = invocation.attributes;
      throw forbidden(requested, name, error.message);
    }
  }
}
