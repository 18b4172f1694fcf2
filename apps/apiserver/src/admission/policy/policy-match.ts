import type { AdmissionAttributes } from '../admission.ts';
import type { MatchCriteria, RequestMatcher } from '../matching/request-matcher.ts';
import type { Rule } from '../matching/rule-match.ts';
import { admissionKind } from '../webhook/admission-kind.ts';
import type { Invocation } from '../webhook/webhook.ts';
import type { MatchResources } from './policy-spec.ts';

const everything: Rule = { apiGroups: ['*'], apiVersions: ['*'], operations: ['*'], resources: ['*/*'] };

/** The request in the version that a policy's constraints speak of; `undefined`: they do not speak of it. */
export async function policyInvocation(
  matcher: RequestMatcher,
  attributes: AdmissionAttributes,
  constraints: MatchResources | undefined,
): Promise<Invocation | undefined> {
  const row = await matcher.match(attributes, criteriaOf(constraints));
  if (row === undefined) return undefined;
  const { requested, subresource } = attributes;
  return { attributes, row, kind: admissionKind(row, subresource), requestKind: admissionKind(requested, subresource) };
}

/** Does a binding speak of the request? One that says nothing speaks of all that its policy does. */
export async function bindingMatches(
  matcher: RequestMatcher,
  attributes: AdmissionAttributes,
  resources: MatchResources | undefined,
): Promise<boolean> {
  return resources === undefined || (await matcher.match(attributes, criteriaOf(resources))) !== undefined;
}

function criteriaOf({
  resourceRules = [],
  excludeResourceRules = [],
  matchPolicy,
  namespaceSelector,
  objectSelector,
}: MatchResources = {}): MatchCriteria {
  return {
    rules: resourceRules.length === 0 ? [everything] : resourceRules,
    excludedRules: excludeResourceRules,
    matchPolicy: matchPolicy === 'Exact' ? 'Exact' : 'Equivalent',
    namespaceSelector,
    objectSelector,
  };
}
