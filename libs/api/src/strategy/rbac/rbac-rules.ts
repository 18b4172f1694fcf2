import { type FieldError, invalidTexts, invalidValue, notSupported, required } from '../../errors/field-error.ts';
import type { ClusterRole, ClusterRoleBinding, PolicyRule, Role, RoleBinding } from '../../generated/kinds.ts';
import type { Subject } from '../../generated/rbac-v1.ts';
import { deepEqual } from '../../object/deep-equal.ts';
import { dnsSubdomainErrors, pathSegmentErrors } from '../../selectors/label-format.ts';
import type { KindRules } from '../kind-rules.ts';
import { validateLabelSelector } from '../object-meta/label-selector-validation.ts';

const rbacGroup = 'rbac.authorization.k8s.io';

export const roleRules: KindRules<Role> = {
  nameErrors: pathSegmentErrors,
  allowsCreateOnUpdate: true,
  validate: ({ rules }) => (rules ?? []).flatMap((rule, i) => validateRule(rule, true, `rules[${i}]`)),
};

export const clusterRoleRules: KindRules<ClusterRole> = {
  nameErrors: pathSegmentErrors,
  allowsCreateOnUpdate: true,
  validate: ({ rules, aggregationRule }) => [
    ...(rules ?? []).flatMap((rule, i) => validateRule(rule, false, `rules[${i}]`)),
    ...(aggregationRule ? validateAggregation(aggregationRule) : []),
  ],
};

export const roleBindingRules = bindingRules(true);
export const clusterRoleBindingRules = bindingRules(false);

function validateRule(rule: PolicyRule, namespaced: boolean, at: string): FieldError[] {
  const { verbs = [], apiGroups = [], resources = [], resourceNames = [], nonResourceURLs = [] } = rule;
  const findings: FieldError[] = [];
  if (verbs.length === 0) findings.push(required(`${at}.verbs`, 'verbs must contain at least one value'));
  if (nonResourceURLs.length > 0) {
    const field = `${at}.nonResourceURLs`;
    if (namespaced) {
      const text = 'namespaced rules cannot apply to non-resource URLs';
      findings.push(invalidValue(field, nonResourceURLs, text));
    }
    if (apiGroups.length > 0 || resources.length > 0 || resourceNames.length > 0) {
      const text = 'rules cannot apply to both regular resources and non-resource URLs';
      findings.push(invalidValue(field, nonResourceURLs, text));
    }
    return findings;
  }
  if (apiGroups.length === 0) {
    findings.push(required(`${at}.apiGroups`, 'resource rules must supply at least one api group'));
  }
  if (resources.length === 0) {
    findings.push(required(`${at}.resources`, 'resource rules must supply at least one resource'));
  }
  return findings;
}

function validateAggregation({ clusterRoleSelectors }: NonNullable<ClusterRole['aggregationRule']>): FieldError[] {
  const path = 'aggregationRule.clusterRoleSelectors';
  const selectors = clusterRoleSelectors ?? [];
  if (selectors.length === 0) {
    return [required(path, 'at least one clusterRoleSelector required if aggregationRule is non-nil')];
  }
  return selectors.flatMap((selector, i) => validateLabelSelector(selector, `${path}[${i}]`));
}

function bindingRules(namespaced: boolean): KindRules<RoleBinding | ClusterRoleBinding> {
  return {
    nameErrors: pathSegmentErrors,
    allowsCreateOnUpdate: true,
    validate: ({ roleRef, subjects }) => [
      ...validateRoleRef(roleRef, namespaced ? ['Role', 'ClusterRole'] : ['ClusterRole']),
      ...(subjects ?? []).flatMap((subject, i) => validateSubject(subject, namespaced, `subjects[${i}]`)),
    ],
    validateUpdate: ({ roleRef }, old) =>
      deepEqual(roleRef, old.roleRef)
        ? []
        : [invalidValue('roleRef', shownReference(roleRef), 'cannot change roleRef')],
  };
}

function validateRoleRef(roleRef: RoleBinding['roleRef'] | undefined, kinds: readonly string[]): FieldError[] {
  const { apiGroup = '', kind = '', name = '' } = roleRef ?? {};
  return [
    ...(apiGroup === rbacGroup ? [] : [notSupported('roleRef.apiGroup', apiGroup, [rbacGroup])]),
    ...(kinds.includes(kind) ? [] : [notSupported('roleRef.kind', kind, kinds)]),
    ...(name === '' ? [required('roleRef.name')] : invalidTexts('roleRef.name', name, pathSegmentErrors(name))),
  ];
}

/** As upstream's text shows the reference: by the names of its Go fields. */
function shownReference({ apiGroup = '', kind = '', name = '' }: RoleBinding['roleRef']) {
  return { APIGroup: apiGroup, Kind: kind, Name: name };
}

function validateSubject(
  { kind, apiGroup = '', name = '', namespace = '' }: Subject,
  namespaced: boolean,
  at: string,
): FieldError[] {
  const findings = name === '' ? [required(`${at}.name`)] : [];
  switch (kind) {
    case 'ServiceAccount':
      if (name !== '') findings.push(...invalidTexts(`${at}.name`, name, dnsSubdomainErrors(name)));
      if (apiGroup !== '') findings.push(notSupported(`${at}.apiGroup`, apiGroup, ['']));
      if (!namespaced && namespace === '') findings.push(required(`${at}.namespace`));
      return findings;
    case 'User':
    case 'Group':
      if (apiGroup !== rbacGroup) findings.push(notSupported(`${at}.apiGroup`, apiGroup, [rbacGroup]));
      return findings;
    default:
      return [...findings, notSupported(`${at}.kind`, kind ?? '', ['ServiceAccount', 'User', 'Group'])];
  }
}
