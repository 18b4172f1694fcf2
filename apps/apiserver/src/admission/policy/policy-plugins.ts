import type {
  MutatingAdmissionPolicy,
  MutatingAdmissionPolicyBinding,
  ResourceTable,
  ValidatingAdmissionPolicy,
  ValidatingAdmissionPolicyBinding,
} from '@orrery/api';
import type { Clock } from '@orrery/runtime';
import type { Authorizer } from '../../authorization/authorizer.ts';
import type { ObjectCache } from '../../cache/object-cache.ts';
import type { ObjectVersions } from '../../custom-resources/object-versions.ts';
import type { AdmissionMetrics } from '../../metrics/admission-metrics.ts';
import type { ObjectLookup } from '../../registry/object-lookup.ts';
import type { AdmissionPlugin } from '../admission.ts';
import type { RequestMatcher } from '../matching/request-matcher.ts';
import { MutatingPolicy } from './mutating-policy.ts';
import { MutatingPolicyAdmission } from './mutating-policy-admission.ts';
import { PolicyParams } from './policy-params.ts';
import { PolicySource } from './policy-source.ts';
import { ValidatingPolicy } from './validating-policy.ts';
import { ValidatingPolicyAdmission } from './validating-policy-admission.ts';

/** What policies are found, matched and evaluated with. */
export interface PolicyDependencies {
  /** Where the kinds of parameters are found. */
  readonly table: Pick<ResourceTable, 'byKind' | 'find'>;
  readonly matcher: RequestMatcher;
  readonly lookup: ObjectLookup;
  readonly cache: ObjectCache;
  readonly authorizer: Authorizer;
  readonly versions: ObjectVersions;
  readonly metrics: AdmissionMetrics;
  readonly clock: Clock;
}

/** `MutatingAdmissionPolicy` and `ValidatingAdmissionPolicy`. */
export function policyPlugins({
  table,
  matcher,
  lookup,
  cache,
  authorizer,
  versions,
  metrics,
  clock,
}: PolicyDependencies): AdmissionPlugin[] {
  const params = new PolicyParams(table, lookup, cache, versions);
  const mutating = new PolicySource<MutatingPolicy, MutatingAdmissionPolicyBinding>(
    cache,
    'mutatingadmissionpolicies',
    'mutatingadmissionpolicybindings',
    (object) => new MutatingPolicy(object as MutatingAdmissionPolicy),
  );
  const validating = new PolicySource<ValidatingPolicy, ValidatingAdmissionPolicyBinding>(
    cache,
    'validatingadmissionpolicies',
    'validatingadmissionpolicybindings',
    (object) => new ValidatingPolicy(object as ValidatingAdmissionPolicy),
  );
  return [
    new MutatingPolicyAdmission(mutating, matcher, params, { authorizer, versions }),
    new ValidatingPolicyAdmission(validating, matcher, params, { authorizer, versions }, metrics, clock),
  ];
}
