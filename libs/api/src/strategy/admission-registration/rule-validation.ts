import {
  duplicateValue,
  type FieldError,
  invalidTexts,
  invalidValue,
  notSupported,
  required,
} from '../../errors/field-error.ts';
import type { NamedRuleWithOperations, RuleWithOperations } from '../../generated/admissionregistration-v1.ts';
import { pathSegmentErrors } from '../../selectors/label-format.ts';
import { validateGivenChoice } from '../choice-validation.ts';

const operations = ['*', 'CONNECT', 'CREATE', 'DELETE', 'UPDATE'];
const scopes = ['*', 'Cluster', 'Namespaced'];

/** Which requests a webhook or policy is asked about. */
export function validateRule(rule: RuleWithOperations, at: string): FieldError[] {
  const { operations: asked = [], apiGroups = [], apiVersions = [], resources = [] } = rule;
  return [
    ...validateWildcardAlone(asked, 'operations', `${at}.operations`),
    ...asked.flatMap((operation, i) =>
      operations.includes(operation) ? [] : [notSupported(`${at}.operations[${i}]`, operation, operations)],
    ),
    ...validateWildcardAlone(apiGroups, 'API groups', `${at}.apiGroups`),
    ...validateWildcardAlone(apiVersions, 'API versions', `${at}.apiVersions`),
    ...apiVersions.flatMap((version, i) => (version === '' ? [required(`${at}.apiVersions[${i}]`)] : [])),
    ...validateResources(resources, `${at}.resources`),
    ...validateGivenChoice(rule.scope, scopes, `${at}.scope`),
  ];
}

/** A rule of a policy, which may be about objects of certain names. */
export function validateNamedRule(rule: NamedRuleWithOperations, at: string): FieldError[] {
  const names = rule.resourceNames ?? [];
  return [
    ...names.flatMap((name, i) => {
      const field = `${at}.resourceNames[${i}]`;
      const repeated = names.indexOf(name) < i ? [duplicateValue(field, name)] : [];
      return [...invalidTexts(field, name, pathSegmentErrors(name)), ...repeated];
    }),
    ...validateRule(rule as RuleWithOperations, at),
  ];
}

function validateWildcardAlone(values: readonly string[], noun: string, field: string): FieldError[] {
  if (values.length === 0) return [required(field)];
  if (values.length === 1 || !values.includes('*')) return [];
  return [invalidValue(field, values, `if '*' is present, must not specify other ${noun}`)];
}

/** Wildcards stand for resources, for subresources, or for both; what they cover is not named again. */
function validateResources(resources: readonly string[], path: string): FieldError[] {
  const findings: FieldError[] = resources.length === 0 ? [required(path)] : [];
  const allSubresourcesOf = new Set<string>();
  const allResourcesWith = new Set<string>();
  for (const [i, resource] of resources.entries()) {
    const field = `${path}[${i}]`;
    if (resource === '') findings.push(required(field));
    const [name = '', ...rest] = resource.split('/');
    if (rest.length === 0) continue;
    const subresource = rest.join('/');
    if (allSubresourcesOf.has(name)) {
      const text = `if '${name}/*' is present, must not specify ${resource}`;
      findings.push(invalidValue(field, resource, text));
    }
    if (allResourcesWith.has(subresource)) {
      const text = `if '*/${subresource}' is present, must not specify ${resource}`;
      findings.push(invalidValue(field, resource, text));
    }
    if (subresource === '*') allSubresourcesOf.add(name);
    if (name === '*') allResourcesWith.add(subresource);
  }
  if (resources.length > 1 && resources.includes('*/*')) {
    findings.push(invalidValue(path, resources, "if '*/*' is present, must not specify other resources"));
  }
  const plain = resources.some((resource) => resource !== '*' && !resource.includes('/'));
  if (resources.includes('*') && plain) {
    const text = "if '*' is present, must not specify other resources without subresources";
    findings.push(invalidValue(path, resources, text));
  }
  return findings;
}
