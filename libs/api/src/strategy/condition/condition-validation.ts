import {
  duplicateValue,
  type FieldError,
  invalidTexts,
  invalidValue,
  notSupported,
  required,
  tooLong,
} from '../../errors/field-error.ts';
import type { Condition } from '../../generated/kinds.ts';
import { qualifiedNameErrors } from '../../selectors/label-format.ts';

const statuses = ['False', 'True', 'Unknown'];
const reasonLengthMax = 1024;
const messageLengthMax = 32 * 1024;
const reasonPattern = '[A-Za-z]([A-Za-z0-9_,:]*[A-Za-z0-9_])?';
const reasonText = `a condition reason must start with alphabetic character, optionally followed by a string of alphanumeric characters or '_,:', and must end with an alphanumeric character or '_' (e.g. 'my_name',  or 'MY_NAME',  or 'MyName',  or 'ReasonA,ReasonB',  or 'ReasonA:ReasonB', regex used for validation is '${reasonPattern}')`;

/** Conditions of the shape that all newer kinds share, each type once. */
export function validateConditions(conditions: readonly Condition[], path: string): FieldError[] {
  const seen = new Set<string>();
  return conditions.flatMap((condition, i) => {
    const repeated = seen.has(condition.type);
    seen.add(condition.type);
    return [
      ...(repeated ? [duplicateValue(`${path}[${i}].type`, condition.type)] : []),
      ...validateCondition(condition, `${path}[${i}]`),
    ];
  });
}

function validateCondition(condition: Condition, at: string): FieldError[] {
  const { type = '', status = '', observedGeneration = 0, reason = '', message = '' } = condition;
  const findings = invalidTexts(`${at}.type`, type, qualifiedNameErrors(type));
  if (!statuses.includes(status)) findings.push(notSupported(`${at}.status`, status, statuses));
  if (observedGeneration < 0) {
    const text = 'must be greater than or equal to zero';
    findings.push(invalidValue(`${at}.observedGeneration`, observedGeneration, text));
  }
  if (!condition.lastTransitionTime) findings.push(required(`${at}.lastTransitionTime`, 'must be set'));
  if (reason === '') findings.push(required(`${at}.reason`, 'must be set'));
  else if (!new RegExp(`^${reasonPattern}$`).test(reason)) {
    findings.push(invalidValue(`${at}.reason`, reason, reasonText));
  }
  if (reason.length > reasonLengthMax) findings.push(tooLong(`${at}.reason`, reasonLengthMax));
  if (message.length > messageLengthMax) findings.push(tooLong(`${at}.message`, messageLengthMax));
  return findings;
}
