import type {
  MutatingAdmissionPolicy,
  MutatingAdmissionPolicyBinding,
  ValidatingAdmissionPolicy,
  ValidatingAdmissionPolicyBinding,
} from '../generated/kinds.ts';

type MatchResources = NonNullable<ValidatingAdmissionPolicy['spec']['matchConstraints']>;

/** Of both sorts of policies. */
export function defaultAdmissionPolicy({ spec }: ValidatingAdmissionPolicy | MutatingAdmissionPolicy): void {
  spec.failurePolicy ??= 'Fail';
  if (spec.matchConstraints) defaultMatchResources(spec.matchConstraints);
}

export function defaultAdmissionPolicyBinding({
  spec,
}: ValidatingAdmissionPolicyBinding | MutatingAdmissionPolicyBinding): void {
  if (spec.matchResources) defaultMatchResources(spec.matchResources);
}

/** Later versions want to be told what is to happen without parameters. */
export function defaultAdmissionPolicyBindingV1Alpha1(binding: MutatingAdmissionPolicyBinding): void {
  if (binding.spec.paramRef) binding.spec.paramRef.parameterNotFoundAction ??= 'Deny';
  defaultAdmissionPolicyBinding(binding);
}

function defaultMatchResources(resources: MatchResources): void {
  resources.matchPolicy ??= 'Equivalent';
  resources.namespaceSelector ??= {};
  resources.objectSelector ??= {};
  for (const rule of [...(resources.resourceRules ?? []), ...(resources.excludeResourceRules ?? [])])
    rule.scope ??= '*';
}
