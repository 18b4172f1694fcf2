import { ApiError, type ValidatingAdmissionPolicyBinding } from '@orrery/api';
import type { Clock } from '@orrery/runtime';
import type { AdmissionMetrics, PolicyCheck } from '../../metrics/admission-metrics.ts';
import type { AdmissionAttributes, AdmissionPlugin } from '../admission.ts';
import { admissionForbidden } from '../admission-forbidden.ts';
import { isAdmissionConfiguration, type RequestMatcher } from '../matching/request-matcher.ts';
import type { Invocation } from '../webhook/webhook.ts';
import { type ExpressionContext, expressionActivation } from './expression-activation.ts';
import { bindingMatches, policyInvocation } from './policy-match.ts';
import { PolicyConfigurationError, type PolicyParams } from './policy-params.ts';
import type { BoundPolicy, PolicySource } from './policy-source.ts';
import type { Refusal, ValidatingPolicy, Verdict } from './validating-policy.ts';

type Binding = ValidatingAdmissionPolicyBinding;

/** Longest value of an audit annotation, in characters. */
const annotationLengthMax = 10 * 1024;
const failureAnnotation = 'validation.policy.admission.k8s.io/validation_failure';
const codes: Readonly<Record<string, number>> = {
  Unauthorized: 401,
  Forbidden: 403,
  RequestEntityTooLarge: 413,
  Invalid: 422,
};

/** Why a request is refused. */
interface Denial {
  readonly policy: string;
  /** `undefined` where the policy itself is of no use. */
  readonly binding: string | undefined;
  readonly message: string;
  readonly reason: string;
}

/** Asks all ValidatingAdmissionPolicies that are bound to the request whether the final object may be. */
export class ValidatingPolicyAdmission implements AdmissionPlugin {
  readonly name = 'ValidatingAdmissionPolicy';

  constructor(
    private readonly source: PolicySource<ValidatingPolicy, Binding>,
    private readonly matcher: RequestMatcher,
    private readonly params: PolicyParams,
    private readonly context: ExpressionContext,
    private readonly metrics: AdmissionMetrics,
    private readonly clock: Clock,
  ) {}

  async validate(attributes: AdmissionAttributes): Promise<void> {
    if (isAdmissionConfiguration(attributes.requested)) return;
    const denials: Denial[] = [];
    for (const bound of this.source.list()) denials.push(...(await this.denialsOf(attributes, bound)));
    const [first] = denials;
    if (first !== undefined) throw refused(attributes, first);
  }

  private async denialsOf(
    attributes: AdmissionAttributes,
    { policy, bindings }: BoundPolicy<ValidatingPolicy, Binding>,
  ): Promise<Denial[]> {
    const invocation = await policyInvocation(this.matcher, attributes, policy.policy.spec.matchConstraints);
    if (invocation === undefined) return [];
    const denials: Denial[] = [];
    const annotations = new AuditAnnotations();
    for (const binding of bindings) {
      try {
        const startedAt = this.clock.now();
        for (const verdict of await this.verdicts(invocation, policy, binding)) {
          this.count(policy, binding, verdict, (this.clock.now() - startedAt) / 1_000);
          denials.push(...enforce(attributes, policy, binding, verdict));
          for (const { key, value } of verdict.annotations) annotations.add(key, value);
        }
      } catch (error) {
        if (!(error instanceof PolicyConfigurationError)) throw error;
        if (!policy.failsOpen) denials.push(denial(policy, binding, `failed to configure binding: ${error.message}`));
      }
    }
    annotations.publish(policy.policy.metadata.name, attributes);
    return denials;
  }

  private count(policy: ValidatingPolicy, binding: Binding, { refusals }: Verdict, seconds: number): void {
    const check = { policy: policy.policy.metadata.name, binding: binding.metadata.name, seconds };
    if (refusals.length === 0) this.metrics.policyChecked({ ...check, action: 'allow', failed: false });
    for (const { failed = false } of refusals) {
      for (const action of binding.spec.validationActions) {
        this.metrics.policyChecked({ ...check, action: action.toLowerCase() as PolicyCheck['action'], failed });
      }
    }
  }

  private async verdicts(invocation: Invocation, policy: ValidatingPolicy, binding: Binding): Promise<Verdict[]> {
    const { attributes } = invocation;
    if (!(await bindingMatches(this.matcher, attributes, binding.spec.matchResources))) return [];
    const params = await this.params.collect(policy.policy.spec.paramKind, binding.spec.paramRef, attributes.namespace);
    if (params.length === 0) return [];
    const namespace = attributes.info.namespaced ? await this.matcher.namespace(attributes) : undefined;
    const verdicts: Verdict[] = [];
    for (const param of params) {
      verdicts.push(policy.evaluate(await expressionActivation(invocation, namespace, this.context, param)));
    }
    return verdicts;
  }
}

/** Does what the binding wants done about a verdict; gives what refuses the request. */
function enforce(
  attributes: AdmissionAttributes,
  policy: ValidatingPolicy,
  binding: Binding,
  verdict: Verdict,
): Denial[] {
  const { name } = binding.metadata;
  const denials: Denial[] = [];
  for (const refusal of verdict.refusals) {
    for (const action of binding.spec.validationActions) {
      if (action === 'Deny') denials.push(denial(policy, binding, refusal.message, refusal.reason));
      if (action === 'Audit') attributes.annotate(failureAnnotation, JSON.stringify([failureOf(binding, refusal)]));
      if (action === 'Warn') {
        const policyName = policy.policy.metadata.name;
        attributes.warn(
          `Validation failed for ValidatingAdmissionPolicy '${policyName}' with binding '${name}': ${refusal.message}`,
        );
      }
    }
  }
  return [...denials, ...verdict.annotationErrors.map((message) => denial(policy, binding, message))];
}

function denial({ policy }: ValidatingPolicy, binding: Binding, message: string, reason = ''): Denial {
  return { policy: policy.metadata.name, binding: binding.metadata.name, message, reason };
}

function failureOf({ metadata, spec }: Binding, { message, index }: Refusal): object {
  return {
    message,
    policy: spec.policyName,
    binding: metadata.name,
    expressionIndex: index,
    validationActions: spec.validationActions,
  };
}

function refused(attributes: AdmissionAttributes, { policy, binding, message, reason }: Denial): ApiError {
  const by = binding === undefined ? '' : ` with binding '${binding}'`;
  const text = `ValidatingAdmissionPolicy '${policy}'${by} denied request: ${message}`;
  const { status } = admissionForbidden(attributes, text);
  const shown = reason || 'Invalid';
  const causes = [...(status.details?.causes ?? []), { message: text }];
  return new ApiError({ ...status, reason: shown, code: codes[shown] ?? 403, details: { ...status.details, causes } });
}

/** Several bindings may give several values to one key: each is told once. */
class AuditAnnotations {
  private readonly values = new Map<string, string[]>();

  add(key: string, value: string): void {
    const shown = value.slice(0, annotationLengthMax);
    const known = this.values.get(key) ?? [];
    if (!known.includes(shown)) this.values.set(key, [...known, shown]);
  }

  publish(policy: string, attributes: AdmissionAttributes): void {
    for (const [key, values] of this.values) attributes.annotate(`${policy}/${key}`, values.join(', '));
  }
}
