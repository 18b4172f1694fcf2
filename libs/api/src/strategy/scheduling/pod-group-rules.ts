import {
  duplicateValue,
  type FieldError,
  invalidTexts,
  invalidValue,
  required,
  tooMany,
} from '../../errors/field-error.ts';
import type { PodGroup, Workload } from '../../generated/kinds.ts';
import type {
  PodGroupSchedulingPolicy,
  PodGroupStatus,
  PodGroupTemplate,
} from '../../generated/scheduling-v1alpha2.ts';
import { dnsLabelErrors } from '../../selectors/label-format.ts';
import { validateConditions } from '../condition/condition-validation.ts';
import { validateRequiredFormat } from '../field-validation.ts';
import type { KindRules } from '../kind-rules.ts';
import { validateImmutable } from '../object-meta/object-meta-validation.ts';

const templateCountMax = 8;

/** Pods that are scheduled together. */
export const podGroupRules: KindRules<PodGroup> = {
  countsGenerations: true,
  validate: ({ spec }, old) => (old ? [] : validatePolicy(spec.schedulingPolicy, 'spec.schedulingPolicy')),
  validateUpdate: ({ spec }, old) => validateImmutable(spec, old.spec, 'spec'),
  validateStatusUpdate: ({ spec, status }) => [
    ...validateConditions(status.conditions ?? [], 'status.conditions'),
    ...validateClaimStatuses(status, new Set((spec.resourceClaims ?? []).map(({ name }) => name))),
  ],
};

/** Groups of pods as a controller will make them. */
export const workloadRules: KindRules<Workload> = {
  countsGenerations: true,
  validate: ({ spec }) => validateTemplates(spec.podGroupTemplates ?? [], 'spec.podGroupTemplates'),
  validateUpdate: ({ spec }, old) => [
    ...validateImmutable(spec.podGroupTemplates, old.spec.podGroupTemplates, 'spec.podGroupTemplates'),
    ...(old.spec.controllerRef
      ? validateImmutable(spec.controllerRef, old.spec.controllerRef, 'spec.controllerRef')
      : []),
  ],
};

function validateTemplates(templates: readonly PodGroupTemplate[], path: string): FieldError[] {
  if (templates.length === 0) return [required(path, 'must have at least one item')];
  if (templates.length > templateCountMax) return [tooMany(path, templates.length, templateCountMax)];
  return templates.flatMap(({ name, schedulingPolicy }, i) => [
    ...(templates.findIndex((other) => other.name === name) < i ? [duplicateValue(`${path}[${i}]`, { name })] : []),
    ...validateRequiredFormat(name, dnsLabelErrors, `${path}[${i}].name`),
    ...validatePolicy(schedulingPolicy, `${path}[${i}].schedulingPolicy`),
  ]);
}

/** All pods at once, or each as it comes. */
function validatePolicy(policy: PodGroupSchedulingPolicy | undefined, path: string): FieldError[] {
  const { basic, gang } = policy ?? {};
  if (!basic && !gang) return [invalidValue(path, '', 'must specify one of: `basic`, `gang`')];
  if (basic && gang) {
    return [invalidValue(path, '{basic, gang}', 'must specify exactly one of: `basic`, `gang`')];
  }
  const { minCount = 0 } = gang ?? { minCount: 1 };
  return minCount >= 1 ? [] : invalidTexts(`${path}.gang.minCount`, minCount, ['must be greater than or equal to 1']);
}

function validateClaimStatuses(
  { resourceClaimStatuses = [] }: PodGroupStatus,
  claims: ReadonlySet<string>,
): FieldError[] {
  return resourceClaimStatuses.flatMap(({ name }, i) =>
    claims.has(name)
      ? []
      : [
          invalidValue(
            `status.resourceClaimStatuses[${i}].name`,
            name,
            'must match the name of an entry in `spec.resourceClaims`',
          ),
        ],
  );
}
