import { type FieldError, forbiddenField, invalidTexts, invalidValue, required } from '../../errors/field-error.ts';
import type { ParamKind, ParamRef } from '../../generated/admissionregistration-v1.ts';
import { dns1035LabelErrors, dnsSubdomainErrors, pathSegmentErrors } from '../../selectors/label-format.ts';
import { validateChoice } from '../choice-validation.ts';
import { validateLabelSelector } from '../object-meta/label-selector-validation.ts';

const notFoundActions = ['Deny', 'Allow'];
const exclusiveText = 'name and selector are mutually exclusive';

/** The kind of objects that parameterize a policy. */
export function validateParamKind({ apiVersion = '', kind = '' }: ParamKind, path: string): FieldError[] {
  const kindErrors = dns1035LabelErrors(kind.toLowerCase());
  const findings = validateApiVersion(apiVersion, `${path}.apiVersion`);
  if (kind === '') findings.push(required(`${path}.kind`));
  else if (kindErrors.length > 0) {
    const text = `may have mixed case, but should otherwise match: ${kindErrors.join(',')}`;
    findings.push(invalidValue(`${path}.kind`, kind, text));
  }
  return findings;
}

/** The objects that parameterize a policy for a binding. */
export function validateParamRef(
  { name = '', selector, parameterNotFoundAction }: ParamRef,
  path: string,
): FieldError[] {
  const findings: FieldError[] = [];
  if (name !== '') {
    findings.push(...invalidTexts(`${path}.name`, name, pathSegmentErrors(name)));
    if (selector) findings.push(forbiddenField(`${path}.name`, exclusiveText));
  }
  if (selector) {
    findings.push(...validateLabelSelector(selector, `${path}.selector`));
    if (name !== '') findings.push(forbiddenField(`${path}.selector`, exclusiveText));
  }
  if (name === '' && !selector) findings.push(required(path, 'one of name or selector must be specified'));
  return [...findings, ...validateChoice(parameterNotFoundAction, notFoundActions, `${path}.parameterNotFoundAction`)];
}

function validateApiVersion(apiVersion: string, field: string): FieldError[] {
  if (apiVersion === '') return [required(field)];
  const parts = apiVersion.split('/');
  if (parts.length > 2) return [invalidValue(field, apiVersion, `unexpected GroupVersion string: ${apiVersion}`)];
  const version = parts.at(-1) ?? '';
  const group = parts.length === 2 ? (parts[0] ?? '') : '';
  const groupErrors = group === '' ? [] : dnsSubdomainErrors(group);
  const versionErrors = dns1035LabelErrors(version);
  return [
    ...(groupErrors.length > 0 ? [invalidValue(field, group, groupErrors.join(','))] : []),
    ...(version === ''
      ? [invalidValue(field, apiVersion, 'version must be specified')]
      : versionErrors.length > 0
        ? [invalidValue(field, version, versionErrors.join(','))]
        : []),
  ];
}
