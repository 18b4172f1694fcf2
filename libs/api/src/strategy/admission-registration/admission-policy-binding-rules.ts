import { duplicateValue, type FieldError, invalidValue, notSupported, required } from '../../errors/field-error.ts';
import type {
  MutatingAdmissionPolicyBindingSpec,
  ValidatingAdmissionPolicyBindingSpec,
} from '../../generated/admissionregistration-v1.ts';
import type { MutatingAdmissionPolicyBinding, ValidatingAdmissionPolicyBinding } from '../../generated/kinds.ts';
import { dnsSubdomainErrors } from '../../selectors/label-format.ts';
import { validateRequiredFormat } from '../field-validation.ts';
import type { KindRules } from '../kind-rules.ts';
import { validateMatchResources } from './match-resources-validation.ts';
import { validateParamRef } from './param-validation.ts';

const actions = ['Audit', 'Deny', 'Warn'];

export const validatingAdmissionPolicyBindingRules: KindRules<ValidatingAdmissionPolicyBinding> = {
  countsGenerations: true,
  allowsUnconditionalUpdate: false,
  validate: ({ spec }) => [
    ...validateBinding(spec, 'matchResources'),
    ...validateActions(spec.validationActions ?? [], 'spec.validationActions'),
  ],
};

export const mutatingAdmissionPolicyBindingRules: KindRules<MutatingAdmissionPolicyBinding> = {
  countsGenerations: true,
  allowsUnconditionalUpdate: false,
  // Upstream's path of this field lacks a letter.
  validate: ({ spec }) => validateBinding(spec, 'matchResouces'),
};

function validateBinding(
  spec: ValidatingAdmissionPolicyBindingSpec | MutatingAdmissionPolicyBindingSpec,
  resourcesName: string,
): FieldError[] {
  return [
    ...validateRequiredFormat(spec.policyName, dnsSubdomainErrors, 'spec.policyName'),
    ...(spec.paramRef ? validateParamRef(spec.paramRef, 'spec.paramRef') : []),
    ...(spec.matchResources ? validateMatchResources(spec.matchResources, `spec.${resourcesName}`) : []),
  ];
}

function validateActions(asked: readonly string[], path: string): FieldError[] {
  const findings = asked.flatMap((action, i) => [
    ...(actions.includes(action) ? [] : [notSupported(`${path}[${i}]`, action, actions)]),
    ...(asked.indexOf(action) < i ? [duplicateValue(`${path}[${i}]`, action)] : []),
  ]);
  if (asked.includes('Deny') && asked.includes('Warn')) {
    const text =
      'must not contain both Deny and Warn (repeating the same validation failure information in the API response and headers serves no purpose)';
    findings.push(invalidValue(path, asked, text));
  }
  if (asked.length === 0) findings.push(required(path, 'at least one validation action is required'));
  return findings;
}
