import type { ClusterRoleBinding, RoleBinding } from '../generated/kinds.ts';

const rbacGroup = 'rbac.authorization.k8s.io';

/** Bindings of both scopes. */
export function defaultClusterRoleBinding({ roleRef, subjects }: ClusterRoleBinding | RoleBinding): void {
  if (roleRef) roleRef.apiGroup ||= rbacGroup;
  for (const subject of subjects ?? []) {
    if (subject.kind === 'User' || subject.kind === 'Group') subject.apiGroup ||= rbacGroup;
  }
}
