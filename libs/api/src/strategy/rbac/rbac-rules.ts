import { type FieldError, invalidValue, notSupported, required } from '../../errors/field-error.ts';
import type { ClusterRole, ClusterRoleBinding, Role, RoleBinding } from '../../generated/kinds.ts';
import { deepEqual } from '../../object/deep-equal.ts';
import { pathSegmentErrors } from '../../selectors/label-format.ts';
import type { KindRules } from '../kind-rules.ts';

export const roleRules: KindRules<Role | ClusterRole> = {
  nameErrors: pathSegmentErrors,
  allowsCreateOnUpdate: true,
  validate: ({ rules }) =>
    (rules ?? []).flatMap(({ verbs, apiGroups, resources, nonResourceURLs }, i) => {
      const at = `rules[${i}]`;
      const findings: FieldError[] = [];
      if (!verbs?.length) findings.push(required(`${at}.verbs`, 'verbs must contain at least one value'));
      if (nonResourceURLs?.length) return findings;
      if (!apiGroups?.length)
        findings.push(required(`${at}.apiGroups`, 'resource rules must supply at least one api group'));
      if (!resources?.length)
        findings.push(required(`${at}.resources`, 'resource rules must supply at least one resource'));
      return findings;
    }),
};

const subjectKinds = ['Group', 'ServiceAccount', 'User'];

export const roleBindingRules: KindRules<RoleBinding | ClusterRoleBinding> = {
  nameErrors: pathSegmentErrors,
  allowsCreateOnUpdate: true,
  validate: ({ roleRef, subjects }) => [
    ...(['ClusterRole', 'Role'].includes(roleRef?.kind ?? '')
      ? []
      : [notSupported('roleRef.kind', roleRef?.kind ?? '', ['ClusterRole', 'Role'])]),
    ...(roleRef?.name ? [] : [required('roleRef.name')]),
    ...(subjects ?? []).flatMap(({ kind, name }, i) => [
      ...(name ? [] : [required(`subjects[${i}].name`)]),
      ...(subjectKinds.includes(kind) ? [] : [notSupported(`subjects[${i}].kind`, kind ?? '', subjectKinds)]),
    ]),
  ],
  validateUpdate: ({ roleRef }, old) =>
    deepEqual(roleRef, old.roleRef) ? [] : [invalidValue('roleRef', roleRef, 'cannot change roleRef')],
};
