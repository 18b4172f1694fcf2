import { type FieldError, invalidValue, required } from '../../errors/field-error.ts';
import type { ResourceQuota, ResourceQuotaSpec } from '../../generated/kinds.ts';
import type { KindRules } from '../kind-rules.ts';
import { immutableText } from '../object-meta/object-meta-validation.ts';
import {
  type Amounts,
  validateAmount,
  validateQuotaResourceName,
} from '../resource-amounts/resource-amounts-validation.ts';
import { isHugePages, isQuotaResource } from '../resource-amounts/resource-names.ts';

/** Scopes that say which pods or claims count, and whether they are a question of yes or no. */
const scopes: Readonly<Record<string, 'exists' | 'values'>> = {
  Terminating: 'exists',
  NotTerminating: 'exists',
  BestEffort: 'exists',
  NotBestEffort: 'exists',
  CrossNamespacePodAffinity: 'exists',
  PriorityClass: 'values',
  VolumeAttributesClass: 'values',
};
const conflictingScopes = [
  ['BestEffort', 'NotBestEffort'],
  ['Terminating', 'NotTerminating'],
] as const;
const podComputeResources: ReadonlySet<string> = new Set([
  'cpu',
  'memory',
  'limits.cpu',
  'limits.memory',
  'requests.cpu',
  'requests.memory',
]);
const existsOnlyText =
  "must be 'Exists' when scope is any of ResourceQuotaScopeTerminating, ResourceQuotaScopeNotTerminating, ResourceQuotaScopeBestEffort, ResourceQuotaScopeNotBestEffort or ResourceQuotaScopeCrossNamespacePodAffinity";
const unfitText = 'unsupported scope applied to resource';

export const resourceQuotaRules: KindRules<ResourceQuota> = {
  validate: ({ spec, status }) => [
    ...validateAmounts(spec.hard, 'spec.hard'),
    ...validateScopes(spec),
    ...validateScopeSelector(spec),
    ...validateStatus(status),
  ],
  validateUpdate: ({ spec }, { spec: old }) => {
    const sorted = (list: readonly string[] = []) => JSON.stringify([...new Set(list)].sort());
    if (sorted(spec.scopes) === sorted(old.scopes)) return [];
    return [invalidValue('spec.scopes', spec.scopes ?? [], immutableText)];
  },
  validateStatusUpdate: ({ metadata, status }) => [
    ...(metadata.resourceVersion ? [] : [required('resourceVersion')]),
    ...validateStatus(status),
  ],
};

function validateStatus(status: ResourceQuota['status'] | undefined): FieldError[] {
  return [...validateAmounts(status?.hard, 'status.hard'), ...validateAmounts(status?.used, 'status.used')];
}

function validateAmounts(amounts: Amounts = {}, path: string): FieldError[] {
  return Object.entries(amounts).flatMap(([name, text]) => [
    ...validateQuotaResourceName(name, `${path}[${name}]`),
    ...validateAmount(name, text, `${path}[${name}]`),
  ]);
}

function validateScopes({ scopes: given = [], hard }: ResourceQuotaSpec): FieldError[] {
  const field = 'spec.scopes';
  const findings = given.flatMap((scope) => [
    ...(scope in scopes ? [] : [invalidValue(field, given, 'unsupported scope')]),
    ...unfitResources(scope, hard).map(() => invalidValue(field, given, unfitText)),
  ]);
  return [...findings, ...conflicts(given).map(() => invalidValue(field, given, 'conflicting scopes'))];
}

function validateScopeSelector({ scopeSelector, scopes: given = [], hard }: ResourceQuotaSpec): FieldError[] {
  if (!scopeSelector) return [];
  const field = 'spec.scopeSelector.matchExpressions';
  const requirements = scopeSelector.matchExpressions ?? [];
  const findings = requirements.flatMap(({ scopeName, operator, values = [] }) => [
    ...(scopeName in scopes ? [] : [invalidValue(`${field}.scopeName`, scopeName, 'unsupported scope')]),
    ...unfitResources(scopeName, hard).map(() => invalidValue(field, scopeSelector, unfitText)),
    ...(scopes[scopeName] === 'exists' && operator !== 'Exists'
      ? [invalidValue(`${field}.operator`, operator, existsOnlyText)]
      : []),
    ...validateOperator(operator, values, field),
  ]);
  const names = requirements.map(({ scopeName }) => scopeName);
  return [
    ...findings,
    ...conflicts(names).map(() => invalidValue('spec.scopeSelector.matchExpressions', given, 'conflicting scopes')),
  ];
}

function validateOperator(operator: string, values: readonly string[], path: string): FieldError[] {
  switch (operator) {
    case 'In':
    case 'NotIn': {
      const text = "must be at least one value when `operator` is 'In' or 'NotIn' for scope selector";
      return values.length > 0 ? [] : [required(`${path}.values`, text)];
    }
    case 'Exists':
    case 'DoesNotExist': {
      const text = "must be no value when `operator` is 'Exist' or 'DoesNotExist' for scope selector";
      return values.length === 0 ? [] : [invalidValue(`${path}.values`, values, text)];
    }
    default:
      return [invalidValue(`${path}.operator`, operator ?? '', 'not a valid selector operator')];
  }
}

/** The resources of a quota that a scope says nothing about. */
function unfitResources(scope: string, hard: Amounts = {}): string[] {
  return Object.keys(hard)
    .filter((name) => isQuotaResource(name) && !appliesTo(scope, name))
    .sort();
}

function appliesTo(scope: string, resource: string): boolean {
  switch (scope) {
    case 'Terminating':
    case 'NotTerminating':
    case 'NotBestEffort':
    case 'PriorityClass':
    case 'CrossNamespacePodAffinity':
      return resource === 'pods' || podComputeResources.has(resource) || isPodHugePages(scope, resource);
    case 'BestEffort':
      return resource === 'pods';
    case 'VolumeAttributesClass':
      return resource === 'persistentvolumeclaims' || resource === 'requests.storage';
    default:
      return true;
  }
}

/** Classes and affinities are asked of pods of every sort, with all that they may request. */
function isPodHugePages(scope: string, resource: string): boolean {
  if (scope !== 'PriorityClass' && scope !== 'CrossNamespacePodAffinity') return false;
  return isHugePages(resource.replace(/^requests\./, '')) || resource.endsWith('ephemeral-storage');
}

function conflicts(given: readonly string[]): (typeof conflictingScopes)[number][] {
  return conflictingScopes.filter((pair) => pair.every((scope) => given.includes(scope)));
}
