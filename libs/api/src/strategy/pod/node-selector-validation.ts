import { type FieldError, invalidTexts, invalidValue, required } from '../../errors/field-error.ts';
import type { NodeAffinity, NodeSelector, NodeSelectorRequirement, NodeSelectorTerm } from '../../generated/kinds.ts';
import { dnsSubdomainErrors, labelValueErrors, qualifiedNameErrors } from '../../selectors/label-format.ts';
import { validateSetOperator } from '../object-meta/label-selector-validation.ts';

const weightMin = 1;
const weightMax = 100;

export function validateNodeAffinity(affinity: NodeAffinity | undefined, path: string): FieldError[] {
  if (!affinity) return [];
  const requiredPath = `${path}.requiredDuringSchedulingIgnoredDuringExecution`;
  const preferredPath = `${path}.preferredDuringSchedulingIgnoredDuringExecution`;
  return [
    ...validateNodeSelector(affinity.requiredDuringSchedulingIgnoredDuringExecution, requiredPath),
    ...(affinity.preferredDuringSchedulingIgnoredDuringExecution ?? []).flatMap(({ weight, preference = {} }, i) => [
      ...validateWeight(weight, `${preferredPath}[${i}].weight`),
      // What a preference names need not exist: it may come.
      ...validateTerm(preference, false, `${preferredPath}[${i}].preference`),
    ]),
  ];
}

export function validateWeight(weight: number | undefined, field: string): FieldError[] {
  const value = weight ?? 0;
  if (value >= weightMin && value <= weightMax) return [];
  return [invalidValue(field, value, `must be in the range ${weightMin}-${weightMax}`)];
}

export function validateNodeSelector(selector: NodeSelector | undefined, path: string): FieldError[] {
  if (!selector) return [];
  const terms = selector.nodeSelectorTerms ?? [];
  const field = `${path}.nodeSelectorTerms`;
  if (terms.length === 0) return [required(field, 'must have at least one node selector term')];
  return terms.flatMap((term, i) => validateTerm(term, true, `${field}[${i}]`));
}

function validateTerm(
  { matchExpressions = [], matchFields = [] }: NodeSelectorTerm,
  checksValues: boolean,
  path: string,
): FieldError[] {
  return [
    ...matchExpressions.flatMap((one, i) => validateRequirement(one, checksValues, `${path}.matchExpressions[${i}]`)),
    ...matchFields.flatMap((one, i) => validateFieldRequirement(one, `${path}.matchFields[${i}]`)),
  ];
}

function validateRequirement(
  { key = '', operator, values = [] }: NodeSelectorRequirement,
  checksValues: boolean,
  path: string,
): FieldError[] {
  const compares = operator === 'Gt' || operator === 'Lt';
  const findings = compares ? [] : validateSetOperator(operator, values, path);
  if (compares && values.length !== 1) {
    findings.push(required(`${path}.values`, "must be specified single value when `operator` is 'Lt' or 'Gt'"));
  }
  findings.push(...invalidTexts(`${path}.key`, key, qualifiedNameErrors(key)));
  if (!checksValues) return findings;
  return [
    ...findings,
    ...values.flatMap((value, i) => invalidTexts(`${path}.values[${i}]`, value, labelValueErrors(value))),
  ];
}

/** A node by a field of its own; only its name can be asked for. */
function validateFieldRequirement(
  { key = '', operator, values = [] }: NodeSelectorRequirement,
  path: string,
): FieldError[] {
  const findings: FieldError[] = [];
  if (operator !== 'In' && operator !== 'NotIn') {
    findings.push(invalidValue(`${path}.operator`, operator ?? '', 'not a valid selector operator'));
  } else if (values.length !== 1) {
    const text = "must be only one value when `operator` is 'In' or 'NotIn' for node field selector";
    findings.push(required(`${path}.values`, text));
  }
  if (key !== 'metadata.name') {
    return [...findings, invalidValue(`${path}.key`, key, 'not a valid field selector key')];
  }
  return [
    ...findings,
    ...values.flatMap((value, i) => invalidTexts(`${path}.values[${i}]`, value, dnsSubdomainErrors(value))),
  ];
}
