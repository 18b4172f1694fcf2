import { type FieldError, forbiddenField, invalidValue, required } from '../../errors/field-error.ts';
import type { LabelSelector } from '../../generated/kinds.ts';
import { labelValueErrors, qualifiedNameErrors } from '../../selectors/label-format.ts';
import { validateLabels } from './object-meta-validation.ts';

/** A selector in an object's spec. */
export function validateLabelSelector(selector: LabelSelector | undefined, path: string): FieldError[] {
  if (!selector) return [];
  const findings = validateLabels(selector.matchLabels, `${path}.matchLabels`);
  for (const [i, { key, operator, values = [] }] of (selector.matchExpressions ?? []).entries()) {
    const at = `${path}.matchExpressions[${i}]`;
    findings.push(...validateSetOperator(operator, values, at));
    findings.push(...qualifiedNameErrors(key ?? '').map((text) => invalidValue(`${at}.key`, key ?? '', text)));
    for (const [j, value] of values.entries()) {
      findings.push(...labelValueErrors(value).map((text) => invalidValue(`${at}.values[${j}]`, value, text)));
    }
  }
  return findings;
}

/** The operators that label selectors and node selectors share: some need values, some take none. */
export function validateSetOperator(operator: string, values: readonly string[], path: string): FieldError[] {
  switch (operator) {
    case 'In':
    case 'NotIn':
      if (values.length > 0) return [];
      return [required(`${path}.values`, "must be specified when `operator` is 'In' or 'NotIn'")];
    case 'Exists':
    case 'DoesNotExist':
      if (values.length === 0) return [];
      return [forbiddenField(`${path}.values`, "may not be specified when `operator` is 'Exists' or 'DoesNotExist'")];
    default:
      return [invalidValue(`${path}.operator`, operator ?? '', 'not a valid selector operator')];
  }
}

export function isEmptySelector(selector: LabelSelector): boolean {
  return Object.keys(selector.matchLabels ?? {}).length === 0 && (selector.matchExpressions ?? []).length === 0;
}
