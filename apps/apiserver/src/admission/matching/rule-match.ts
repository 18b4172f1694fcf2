import type { ResourceInfo } from '@orrery/api';
import type { AdmissionAttributes } from '../admission.ts';

/** A rule of a webhook or of a policy. A list that is missing is empty, and matches nothing. */
export interface Rule {
  readonly apiGroups?: readonly string[];
  readonly apiVersions?: readonly string[];
  readonly operations?: readonly string[];
  readonly resources?: readonly string[];
  /** Empty: all names. Only rules of policies have it. */
  readonly resourceNames?: readonly string[];
  /** `Cluster`, `Namespaced` or `*`, the default. */
  readonly scope?: string;
}

/** Does the rule speak of this request, were it made for the version in `row`? */
export function ruleMatches(rule: Rule, attributes: AdmissionAttributes, row: ResourceInfo): boolean {
  const { apiGroups = [], apiVersions = [], operations = [], resources = [], resourceNames = [] } = rule;
  return (
    scopeMatches(rule.scope, row) &&
    includes(operations, attributes.operation) &&
    includes(apiGroups, row.group) &&
    includes(apiVersions, row.version) &&
    resources.some((resource) => resourceMatches(resource, row.resource, attributes.subresource)) &&
    (resourceNames.length === 0 || resourceNames.includes(attributes.name))
  );
}

function scopeMatches(scope: string | undefined, { namespaced }: ResourceInfo): boolean {
  if (scope === 'Namespaced') return namespaced;
  return scope !== 'Cluster' || !namespaced;
}

function includes(wanted: readonly string[], value: string): boolean {
  return wanted.includes('*') || wanted.includes(value);
}

/** `pods`, `pods/log`, `pods/*` (the pods themselves too), `*` (no subresources), `*` + `/scale`, `*` + `/*`. */
function resourceMatches(wanted: string, resource: string, subresource: string): boolean {
  const [wantedResource = '', wantedSubresource = ''] = wanted.split('/');
  return (
    (wantedResource === '*' || wantedResource === resource) &&
    (wantedSubresource === '*' || wantedSubresource === subresource)
  );
}
