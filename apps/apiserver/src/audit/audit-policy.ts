import type { UserInfo } from '../authentication/user-info.ts';
import type { RequestInfo, ResourceRequest } from '../request-info/request-info.ts';

export const auditLevels = ['None', 'Metadata', 'Request', 'RequestResponse'] as const;
/** How much of a request is written down; each level holds what the one before holds. */
export type AuditLevel = (typeof auditLevels)[number];
export type AuditStage = 'RequestReceived' | 'ResponseStarted' | 'ResponseComplete' | 'Panic';

/** `Policy` of `audit.k8s.io/v1`: the first rule that matches a request decides. */
export interface AuditPolicy {
  readonly rules: readonly AuditRule[];
  readonly omitStages?: readonly AuditStage[];
  readonly omitManagedFields?: boolean;
}

/** An empty or absent list matches everything. */
export interface AuditRule {
  readonly level: AuditLevel;
  readonly users?: readonly string[];
  readonly userGroups?: readonly string[];
  readonly verbs?: readonly string[];
  readonly resources?: readonly AuditedResources[];
  /** `''` stands for cluster-scoped resources. */
  readonly namespaces?: readonly string[];
  /** `*` may stand at the end. */
  readonly nonResourceURLs?: readonly string[];
  readonly omitStages?: readonly AuditStage[];
  readonly omitManagedFields?: boolean;
}

export interface AuditedResources {
  readonly group?: string;
  /** `pods`, `pods/log`, `pods/*`, `*`; with any resource before the slash: `*` there. */
  readonly resources?: readonly string[];
  readonly resourceNames?: readonly string[];
}

export interface AuditDecision {
  readonly level: AuditLevel;
  readonly omitStages: ReadonlySet<AuditStage>;
  readonly omitManagedFields: boolean;
}

/** Does the rule for a request by upstream's matching; without a matching rule nothing is written. */
export function auditDecision(policy: AuditPolicy, user: UserInfo, target: RequestInfo): AuditDecision {
  const rule = policy.rules.find((candidate) => matches(candidate, user, target));
  return {
    level: rule?.level ?? 'None',
    omitStages: new Set([...(policy.omitStages ?? []), ...(rule?.omitStages ?? [])]),
    omitManagedFields: rule?.omitManagedFields ?? policy.omitManagedFields ?? false,
  };
}

function matches(rule: AuditRule, user: UserInfo, target: RequestInfo): boolean {
  if (!isEmpty(rule.users) && !rule.users?.includes(user.name)) return false;
  if (!isEmpty(rule.userGroups) && !rule.userGroups?.some((group) => user.groups.includes(group))) return false;
  if (!isEmpty(rule.verbs) && !rule.verbs?.includes(target.verb)) return false;
  const ofResources = !isEmpty(rule.namespaces) || !isEmpty(rule.resources);
  if (!ofResources && isEmpty(rule.nonResourceURLs)) return true;
  if (target.kind === 'path') return rule.nonResourceURLs?.some((url) => isPath(url, target.path)) ?? false;
  return ofResources && matchesResource(rule, target);
}

function matchesResource(rule: AuditRule, target: ResourceRequest): boolean {
  if (!isEmpty(rule.namespaces) && !rule.namespaces?.includes(target.namespace)) return false;
  if (isEmpty(rule.resources)) return true;
  return rule.resources?.some((wanted) => isOneOf(wanted, target)) ?? false;
}

function isOneOf({ group = '', resources, resourceNames }: AuditedResources, target: ResourceRequest): boolean {
  if (group !== target.group) return false;
  if (isEmpty(resources)) return true;
  if (!isEmpty(resourceNames) && !resourceNames?.includes(target.name)) return false;
  const { resource, subresource } = target;
  const full = subresource === '' ? resource : `${resource}/${subresource}`;
  const wanted = [full, '*', ...(subresource === '' ? [] : [`${resource}/*`, `*/${subresource}`])];
  return resources?.some((name) => wanted.includes(name)) ?? false;
}

function isPath(url: string, path: string): boolean {
  return url === '*' || url === path || (url.endsWith('*') && path.startsWith(url.slice(0, -1).replace(/\/+$/, '')));
}

function isEmpty(list: readonly unknown[] | undefined): boolean {
  return list === undefined || list.length === 0;
}
