import { type FieldError, required } from '../../errors/field-error.ts';
import type { MatchResources } from '../../generated/admissionregistration-v1.ts';
import { validateChoice } from '../choice-validation.ts';
import { validateLabelSelector } from '../object-meta/label-selector-validation.ts';
import { validateNamedRule } from './rule-validation.ts';

const matchPolicies = ['Equivalent', 'Exact'];

/** What a policy is about, or its binding narrows it to. */
export function validateMatchResources(resources: MatchResources, path: string): FieldError[] {
  const { namespaceSelector, objectSelector, resourceRules = [], excludeResourceRules = [] } = resources;
  return [
    ...validateChoice(resources.matchPolicy, matchPolicies, `${path}.matchPolicy`),
    ...(namespaceSelector
      ? validateLabelSelector(namespaceSelector, `${path}.namespaceSelector`)
      : [required(`${path}.namespaceSelector`)]),
    ...(objectSelector
      ? validateLabelSelector(objectSelector, `${path}.objectSelector`)
      : [required(`${path}.objectSelector`)]),
    ...resourceRules.flatMap((rule, i) => validateNamedRule(rule, `${path}.resourceRules[${i}]`)),
    ...excludeResourceRules.flatMap((rule, i) => validateNamedRule(rule, `${path}.excludeResourceRules[${i}]`)),
  ];
}
