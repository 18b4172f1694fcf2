import { type FieldError, forbiddenField } from '../../errors/field-error.ts';
import type { PriorityClass } from '../../generated/kinds.ts';
import { validateGivenChoice } from '../choice-validation.ts';
import type { KindRules } from '../kind-rules.ts';
import { validateImmutable } from '../object-meta/object-meta-validation.ts';

const systemPrefix = 'system-';
const userValueMax = 1_000_000_000;
const systemValues: Readonly<Record<string, number>> = {
  'system-node-critical': 2_000_001_000,
  'system-cluster-critical': 2_000_000_000,
};
const preemptionPolicies = ['PreemptLowerPriority', 'Never'];

export const priorityClassRules: KindRules<PriorityClass> = {
  countsGenerations: true,
  validate: (priorityClass, old) => [
    ...(old ? [] : validateValue(priorityClass)),
    ...validateGivenChoice(priorityClass.preemptionPolicy, preemptionPolicies, 'preemptionPolicy'),
  ],
  validateUpdate: ({ value, preemptionPolicy }, old) => [
    ...((value ?? 0) === (old.value ?? 0) ? [] : [forbiddenField('value', 'may not be changed in an update.')]),
    ...validateImmutable(preemptionPolicy, old.preemptionPolicy, 'preemptionPolicy'),
  ],
};

function validateValue({ metadata: { name }, value = 0, globalDefault = false }: PriorityClass): FieldError[] {
  if (!name.startsWith(systemPrefix)) {
    if (value <= userValueMax) return [];
    return [forbiddenField('value', `maximum allowed value of a user defined priority is ${userValueMax}`)];
  }
  const error = systemClassError(name, value, globalDefault);
  if (error === undefined) return [];
  const text = `priority class names with '${systemPrefix}' prefix are reserved for system use only. error: ${error}`;
  return [forbiddenField('metadata.name', text)];
}

function systemClassError(name: string, value: number, globalDefault: boolean): string | undefined {
  const known = systemValues[name];
  if (known === undefined) return `${name} is not a known system priority class`;
  if (value !== known) return `value of ${name} PriorityClass must be ${known}`;
  return globalDefault ? `globalDefault of ${name} PriorityClass must be false` : undefined;
}
