import { ApiError, type ApiObject, deepEqual, type MutatingAdmissionPolicyBinding, type Namespace } from '@orrery/api';
import type { AdmissionAttributes, AdmissionPlugin } from '../admission.ts';
import { admissionForbidden } from '../admission-forbidden.ts';
import { isAdmissionConfiguration, type RequestMatcher } from '../matching/request-matcher.ts';
import type { Reinvocation } from '../reinvocation.ts';
import type { Invocation } from '../webhook/webhook.ts';
import { type ExpressionContext, expressionActivation } from './expression-activation.ts';
import { MatchConditionsError } from './match-conditions.ts';
import type { MutatingPolicy } from './mutating-policy.ts';
import { bindingMatches, policyInvocation } from './policy-match.ts';
import { PolicyConfigurationError, type PolicyParams } from './policy-params.ts';
import type { PolicySource } from './policy-source.ts';

type Binding = MutatingAdmissionPolicyBinding;

/** One policy, one binding and one parameter that the request is to be changed by. */
interface Mutator {
  readonly policy: MutatingPolicy;
  readonly binding: Binding;
  readonly param: ApiObject | undefined;
  readonly invocation: Invocation;
}

/** What the second round has to know of the first: mutators by key, and the object as they left it. */
interface FirstRound {
  readonly called: Set<string>;
  readonly required: Set<string>;
  output: unknown;
}

/** A failure that a policy does not ignore. */
interface Failure {
  readonly text: string;
  /** Of the `Status`; `''` leaves it as it is. */
  readonly reason: string;
}

/** Lets MutatingAdmissionPolicies that are bound to the request change the object, in the order of their names. */
export class MutatingPolicyAdmission implements AdmissionPlugin {
  readonly name = 'MutatingAdmissionPolicy';

  constructor(
    private readonly source: PolicySource<MutatingPolicy, Binding>,
    private readonly matcher: RequestMatcher,
    private readonly params: PolicyParams,
    private readonly context: ExpressionContext,
  ) {}

  async admit(attributes: AdmissionAttributes, reinvocation: Reinvocation): Promise<void> {
    if (isAdmissionConfiguration(attributes.requested)) return;
    const failures: Failure[] = [];
    const mutators = await this.mutators(attributes, failures);
    if (mutators.length > 0) {
      const namespace = attributes.info.namespaced ? await this.matcher.namespace(attributes) : undefined;
      await this.mutateAll(attributes, mutators, namespace, reinvocation, failures);
    }
    const [first] = failures;
    if (first !== undefined) throw refused(attributes, failures, first);
  }

  private async mutators(attributes: AdmissionAttributes, failures: Failure[]): Promise<Mutator[]> {
    const found: Mutator[] = [];
    for (const { policy, bindings } of this.source.list()) {
      const { spec } = policy.policy;
      const invocation = await policyInvocation(this.matcher, attributes, spec.matchConstraints);
      if (invocation === undefined) continue;
      for (const binding of bindings) {
        try {
          if (!(await bindingMatches(this.matcher, attributes, binding.spec.matchResources))) continue;
          const params = await this.params.collect(spec.paramKind, binding.spec.paramRef, attributes.namespace);
          found.push(...params.map((param) => ({ policy, binding, param, invocation })));
        } catch (error) {
          if (!(error instanceof PolicyConfigurationError)) throw error;
          fail(failures, policy, binding, `failed to configure binding: ${error.message}`, '');
        }
      }
    }
    return found;
  }

  private async mutateAll(
    attributes: AdmissionAttributes,
    mutators: readonly Mutator[],
    namespace: Namespace | undefined,
    reinvocation: Reinvocation,
    failures: Failure[],
  ): Promise<void> {
    const memory = reinvocation.memoryOf(this, freshRound);
    // Somebody else has changed the object since: all that want to see it again have to.
    if (reinvocation.isReinvoke && !deepEqual(memory.output, attributes.object)) requireCalled(memory);
    for (const mutator of mutators) {
      const key = keyOf(mutator);
      if (reinvocation.isReinvoke && !memory.required.has(key)) continue;
      const before = structuredClone(attributes.object);
      if (!(await this.mutate(mutator, namespace, failures))) continue;
      if (!deepEqual(before, attributes.object)) {
        requireCalled(memory);
        reinvocation.require();
      }
      if (mutator.policy.reinvokes) memory.called.add(key);
    }
    memory.output = structuredClone(attributes.object);
  }

  /** False where the policy's conditions do not hold. */
  private async mutate(
    { policy, binding, param, invocation }: Mutator,
    namespace: Namespace | undefined,
    failures: Failure[],
  ): Promise<boolean> {
    const activation = () => expressionActivation(invocation, namespace, this.context, param);
    try {
      if (!policy.conditions.match(await activation())) return false;
    } catch (error) {
      if (!(error instanceof MatchConditionsError)) throw error;
      fail(failures, policy, binding, error.message, 'Invalid');
      return false;
    }
    const { object } = invocation.attributes;
    if (object === undefined) return true;
    const texts = await policy.mutate(invocation, object, this.context.versions, activation);
    for (const text of texts) fail(failures, policy, binding, text, 'Invalid');
    return true;
  }
}

function freshRound(): FirstRound {
  return { called: new Set(), required: new Set(), output: undefined };
}

function requireCalled({ called, required }: FirstRound): void {
  for (const key of called) required.add(key);
  called.clear();
}

function keyOf({ policy, binding, param }: Mutator): string {
  const { namespace = '', name = '' } = param?.metadata ?? {};
  return [policy.policy.metadata.name, binding.metadata.name, namespace, name].join('/');
}

function fail(failures: Failure[], policy: MutatingPolicy, binding: Binding, message: string, reason: string): void {
  if (policy.failsOpen) return;
  const text = `policy '${policy.policy.metadata.name}' with binding '${binding.metadata.name}' denied request: ${message}`;
  failures.push({ text, reason });
}

function refused(attributes: AdmissionAttributes, failures: readonly Failure[], { text, reason }: Failure): ApiError {
  const { status } = admissionForbidden(attributes, 'admission request denied by policy');
  const causes = [...(status.details?.causes ?? []), ...failures.map((failure) => ({ message: failure.text }))];
  return new ApiError({
    ...status,
    message: text,
    ...(reason !== '' && { reason }),
    details: { ...status.details, causes },
  });
}
