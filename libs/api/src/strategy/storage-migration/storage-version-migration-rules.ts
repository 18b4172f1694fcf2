import { type FieldError, invalidValue, required } from '../../errors/field-error.ts';
import type { StorageVersionMigration } from '../../generated/kinds.ts';
import { validateConditions } from '../condition/condition-validation.ts';
import type { KindRules } from '../kind-rules.ts';
import { validateImmutable } from '../object-meta/object-meta-validation.ts';

/** States that a migration ends in. */
const terminal = ['Succeeded', 'Failed'] as const;

export const storageVersionMigrationRules: KindRules<StorageVersionMigration> = {
  countsGenerations: true,
  validate: ({ spec }) => (spec.resource?.resource ? [] : [required('spec.resource.resource', 'resource is required')]),
  // Upstream's paths of these fields start at the resource.
  validateUpdate: ({ spec }, old) => [
    ...validateImmutable(spec.resource?.group ?? '', old.spec.resource?.group ?? '', 'group'),
    ...validateImmutable(spec.resource?.resource ?? '', old.spec.resource?.resource ?? '', 'resource'),
  ],
  validateStatusUpdate: ({ status }, old) => [
    ...validateResourceVersion(status.resourceVersion ?? '', old.status.resourceVersion ?? ''),
    ...validateConditions(status.conditions ?? [], 'status.conditions'),
    ...validateStates(status, old.status),
  ],
};

function validateResourceVersion(version: string, old: string): FieldError[] {
  const field = 'status.resourceVersion';
  const findings: FieldError[] = [];
  if (version !== '' && !/^[+-]?\d+$/.test(version)) {
    const shown = JSON.stringify(version);
    const text = `failed to parse resource version ${shown}: strconv.ParseInt: parsing ${shown}: invalid syntax`;
    findings.push(invalidValue(field, version, text));
  } else if (Number(version) < 0) {
    findings.push(invalidValue(field, Number(version), 'must be greater than or equal to 0'));
  }
  if (old !== '' && old !== version) findings.push(invalidValue(field, version, 'resourceVersion cannot be updated'));
  return findings;
}

function validateStates(
  status: StorageVersionMigration['status'],
  old: StorageVersionMigration['status'],
): FieldError[] {
  const is = (state: string, { conditions } = status) =>
    conditions?.some(({ type, status: value }) => type === state && value === 'True') ?? false;
  const texts = [
    ...(is('Succeeded') && is('Failed') ? ['Both success and failed conditions cannot be true at the same time'] : []),
    ...(is('Succeeded') && is('Running') ? ['Running condition cannot be true when success condition is true'] : []),
    ...(is('Failed') && is('Running') ? ['Running condition cannot be true when failed condition is true'] : []),
    ...terminal
      .filter((state) => is(state, old) && !is(state))
      .map((state) => (state === 'Succeeded' ? 'Success' : state))
      .map((name) => `${name} condition cannot be set to false once it is true`),
  ];
  return texts.map((text) => invalidValue('status.conditions', status.conditions ?? [], text));
}
