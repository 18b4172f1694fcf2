import { type FieldError, invalidValue, notSupported, required, type ValidationRule } from '@orrery/api';
import { resolveFieldPath } from '../schema/resolve-field-path.ts';
import { childPath, type Schema } from '../schema/schema-node.ts';

const reasons = ['FieldValueDuplicate', 'FieldValueForbidden', 'FieldValueInvalid', 'FieldValueRequired'];

/** What stands around the expressions of `x-kubernetes-validations`; the expressions themselves are compiled elsewhere. */
export function validateRuleTexts(schema: Schema, path: string): FieldError[] {
  const at = childPath(path, 'x-kubernetes-validations');
  return (schema['x-kubernetes-validations'] ?? []).flatMap((rule, i) => [
    ...validateTexts(rule, `${at}[${i}]`),
    ...validateFieldPath(rule, schema, `${at}[${i}].fieldPath`),
  ]);
}

function validateTexts(rule: ValidationRule, path: string): FieldError[] {
  const { message = '', messageExpression = '', reason } = rule;
  const findings: FieldError[] = [];
  const text = rule.rule.trim();
  if (text === '') findings.push(required(`${path}.rule`, 'rule is not specified'));
  else if (message !== '' && message.trim() === '') {
    findings.push(invalidValue(`${path}.message`, message, 'must be non-empty if specified'));
  } else if (hasLineBreaks(message.trim())) {
    findings.push(invalidValue(`${path}.message`, message, 'must not contain line breaks'));
  } else if (hasLineBreaks(text) && message.trim() === '') {
    findings.push(required(`${path}.message`, 'message must be specified if rule contains line breaks'));
  }
  if (messageExpression !== '' && messageExpression.trim() === '') {
    findings.push(required(`${path}.messageExpression`, 'messageExpression must be non-empty if specified'));
  }
  if (reason !== undefined && !reasons.includes(reason)) {
    findings.push(notSupported(`${path}.reason`, reason, reasons));
  }
  return findings;
}

function validateFieldPath({ fieldPath = '' }: ValidationRule, schema: Schema, path: string): FieldError[] {
  if (fieldPath === '') return [];
  const findings: FieldError[] = [];
  if (fieldPath.trim() === '') findings.push(invalidValue(path, fieldPath, 'must be non-empty if specified'));
  if (hasLineBreaks(fieldPath)) findings.push(invalidValue(path, fieldPath, 'must not contain line breaks'));
  if (typeof resolveFieldPath(fieldPath, schema, true) === 'string') {
    findings.push(invalidValue(path, fieldPath, 'must be a valid path'));
  }
  return findings;
}

function hasLineBreaks(text: string): boolean {
  return /[\n\r]/.test(text);
}
