import { duplicateValue, type FieldError, forbiddenField, invalidTexts, required } from '../../errors/field-error.ts';
import type { TopologySelectorTerm } from '../../generated/core-v1.ts';
import type { StorageClass } from '../../generated/kinds.ts';
import { deepEqual } from '../../object/deep-equal.ts';
import { labelValueErrors, qualifiedNameErrors } from '../../selectors/label-format.ts';
import { validateChoice, validateGivenChoice } from '../choice-validation.ts';
import type { KindRules } from '../kind-rules.ts';
import { validateImmutable } from '../object-meta/object-meta-validation.ts';
import { validateDriver, validateParameters } from './class-parameters-validation.ts';

const reclaimPolicies = ['Delete', 'Retain'];
const bindingModes = ['Immediate', 'WaitForFirstConsumer'];

export const storageClassRules: KindRules<StorageClass> = {
  validate: (storageClass, old) => (old ? [] : validateStorageClass(storageClass)),
  validateUpdate: (storageClass, old) => [
    ...(['parameters', 'provisioner', 'reclaimPolicy'] as const)
      .filter((name) => !deepEqual(storageClass[name], old[name]))
      .map((name) => forbiddenField(name, `updates to ${name} are forbidden.`)),
    ...validateImmutable(storageClass.volumeBindingMode, old.volumeBindingMode, 'volumeBindingMode'),
  ],
};

function validateStorageClass(storageClass: StorageClass): FieldError[] {
  const { provisioner, parameters = {}, reclaimPolicy, volumeBindingMode, allowedTopologies = [] } = storageClass;
  return [
    ...validateDriver(provisioner, 'provisioner'),
    ...validateParameters(parameters, 'parameters'),
    ...(reclaimPolicy ? validateGivenChoice(reclaimPolicy, reclaimPolicies, 'reclaimPolicy') : []),
    ...validateChoice(volumeBindingMode, bindingModes, 'volumeBindingMode'),
    ...validateTopologies(allowedTopologies, 'allowedTopologies'),
  ];
}

function validateTopologies(terms: readonly TopologySelectorTerm[], path: string): FieldError[] {
  return terms.flatMap((term, i) => {
    const at = `${path}[${i}].matchLabelExpressions`;
    const repeated = terms.slice(0, i).some((other) => deepEqual(valuesByKey(other), valuesByKey(term)));
    return [...validateTopology(term, at), ...(repeated ? [duplicateValue(at, '')] : [])];
  });
}

function validateTopology({ matchLabelExpressions = [] }: TopologySelectorTerm, path: string): FieldError[] {
  const keys = new Set<string>();
  return matchLabelExpressions.flatMap(({ key = '', values = [] }, i) => {
    const at = `${path}[${i}]`;
    const findings: FieldError[] = [];
    if (values.length === 0) findings.push(required(`${at}.values`));
    for (const [j, value] of values.entries()) {
      if (values.indexOf(value) < j) findings.push(duplicateValue(`${at}.values[${j}]`, value));
      findings.push(...invalidTexts(`${at}.values[${j}]`, value, labelValueErrors(value)));
    }
    findings.push(...invalidTexts(`${at}.key`, key, qualifiedNameErrors(key)));
    if (keys.has(key)) findings.push(duplicateValue(`${at}.key`, key));
    keys.add(key);
    return findings;
  });
}

function valuesByKey({ matchLabelExpressions = [] }: TopologySelectorTerm): Record<string, string[]> {
  return Object.fromEntries(matchLabelExpressions.map(({ key, values }) => [key, [...(values ?? [])].sort()]));
}
