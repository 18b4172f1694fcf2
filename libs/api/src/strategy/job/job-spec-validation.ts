import { type FieldError, invalidValue, notSupported, required, tooLong } from '../../errors/field-error.ts';
import type { JobSpec } from '../../generated/kinds.ts';
import { validateGivenChoice } from '../choice-validation.ts';
import { validateDomainPrefixedPath } from '../domain-name/domain-name-validation.ts';
import { validateNonNegatives } from '../field-validation.ts';
import { validatePodTemplate } from '../pod-template/pod-template-validation.ts';
import { validatePodFailurePolicy } from './pod-failure-policy-validation.ts';
import { validateSuccessPolicy } from './success-policy-validation.ts';

/** Upstream's limits of indexed jobs: above the soft number of completions the others get narrower. */
const parallelismMax = 100_000;
const maxFailedIndexesMax = 100_000;
const completionsSoftMax = 100_000;
const highCompletionsParallelismMax = 10_000;
const highCompletionsFailedIndexesMax = 10_000;
const managedByLengthMax = 63;
/** Where the failed indexes of a job may get too many to be listed. */
const untrackedParallelismMin = 10_000;
const manyIndexesText =
  'In Indexed Jobs with a number of completions higher than 10^5 and a parallelism higher than 10^4, Kubernetes might not be able to track completedIndexes when a big number of indexes fail';
const completionModes = ['NonIndexed', 'Indexed'];
const restartPolicies = ['OnFailure', 'Never'];

/** The spec of a job and of a cron job's template, but for the selector. */
export function validateJobSpec(spec: JobSpec, path: string): FieldError[] {
  return [
    ...validateCounts(spec, path),
    ...validateManagedBy(spec.managedBy, `${path}.managedBy`),
    ...validateGivenChoice(spec.completionMode, completionModes, `${path}.completionMode`),
    ...(isIndexed(spec) ? validateIndexed(spec, path) : []),
    ...((spec.completionMode ?? 'NonIndexed') === 'NonIndexed' ? validateNonIndexed(spec, path) : []),
    ...(spec.podFailurePolicy ? validatePodFailurePolicy(spec, spec.podFailurePolicy, `${path}.podFailurePolicy`) : []),
    ...validateSuccess(spec, `${path}.successPolicy`),
    ...validateReplacement(spec, `${path}.podReplacementPolicy`),
    ...validatePodTemplate(spec.template, `${path}.template`),
    ...validateRestartPolicy(spec, `${path}.template.spec.restartPolicy`),
  ];
}

export function isIndexed({ completionMode }: JobSpec): boolean {
  return completionMode === 'Indexed';
}

/** What upstream warns of, of an indexed job that has grown too large. */
export function jobSpecWarnings(spec: JobSpec, path: string): string[] {
  const { completions = 0, parallelism = 0 } = spec;
  const large = isIndexed(spec) && completions > completionsSoftMax && parallelism > untrackedParallelismMin;
  return large ? [`${path}: ${manyIndexesText}`] : [];
}

function validateCounts(spec: JobSpec, path: string): FieldError[] {
  const names = [
    'parallelism',
    'completions',
    'activeDeadlineSeconds',
    'backoffLimit',
    'ttlSecondsAfterFinished',
    'backoffLimitPerIndex',
    'maxFailedIndexes',
  ] as const;
  const findings = validateNonNegatives(spec, names, path);
  if (spec.maxFailedIndexes !== undefined && spec.backoffLimitPerIndex === undefined) {
    findings.push(required(`${path}.backoffLimitPerIndex`, 'when maxFailedIndexes is specified'));
  }
  return findings;
}

function validateManagedBy(managedBy: string | undefined, field: string): FieldError[] {
  if (managedBy === undefined) return [];
  const findings = validateDomainPrefixedPath(managedBy, field);
  if (managedBy.length > managedByLengthMax) findings.push(tooLong(field, managedByLengthMax));
  return findings;
}

function validateIndexed(spec: JobSpec, path: string): FieldError[] {
  const { completions, parallelism = 0, maxFailedIndexes = 0 } = spec;
  const findings: FieldError[] = [];
  if (completions === undefined) findings.push(required(`${path}.completions`, 'when completion mode is Indexed'));
  if (parallelism > parallelismMax) {
    const text = `must be less than or equal to ${parallelismMax} when completion mode is Indexed`;
    findings.push(invalidValue(`${path}.parallelism`, parallelism, text));
  }
  if (completions !== undefined && maxFailedIndexes > completions) {
    const text = 'must be less than or equal to completions';
    findings.push(invalidValue(`${path}.maxFailedIndexes`, maxFailedIndexes, text));
  }
  if (maxFailedIndexes > maxFailedIndexesMax) {
    const text = `must be less than or equal to ${maxFailedIndexesMax}`;
    findings.push(invalidValue(`${path}.maxFailedIndexes`, maxFailedIndexes, text));
  }
  return [...findings, ...validateManyCompletions(spec, path)];
}

function validateManyCompletions(spec: JobSpec, path: string): FieldError[] {
  const { completions = 0, parallelism = 0, maxFailedIndexes, backoffLimitPerIndex } = spec;
  if (completions <= completionsSoftMax || backoffLimitPerIndex === undefined) return [];
  const findings: FieldError[] = [];
  const limitText = (max: number) =>
    `must be less than or equal to ${max} when completions are above ${completionsSoftMax} and used with backoff limit per index`;
  if (maxFailedIndexes === undefined) {
    const text = `must be specified when completions is above ${completionsSoftMax}`;
    findings.push(required(`${path}.maxFailedIndexes`, text));
  }
  if (parallelism > highCompletionsParallelismMax) {
    findings.push(invalidValue(`${path}.parallelism`, parallelism, limitText(highCompletionsParallelismMax)));
  }
  if (maxFailedIndexes !== undefined && maxFailedIndexes > highCompletionsFailedIndexesMax) {
    const text = limitText(highCompletionsFailedIndexesMax);
    findings.push(invalidValue(`${path}.maxFailedIndexes`, maxFailedIndexes, text));
  }
  return findings;
}

function validateNonIndexed(spec: JobSpec, path: string): FieldError[] {
  return (['backoffLimitPerIndex', 'maxFailedIndexes'] as const).flatMap((name) =>
    spec[name] === undefined ? [] : [invalidValue(`${path}.${name}`, spec[name], 'requires indexed completion mode')],
  );
}

function validateSuccess(spec: JobSpec, path: string): FieldError[] {
  if (!spec.successPolicy) return [];
  if (!isIndexed(spec)) return [invalidValue(path, spec.successPolicy, 'requires indexed completion mode')];
  return validateSuccessPolicy(spec.successPolicy, spec.completions ?? 0, path);
}

function validateReplacement(spec: JobSpec, field: string): FieldError[] {
  const supported = spec.podFailurePolicy ? ['Failed'] : ['Failed', 'TerminatingOrFailed'];
  return validateGivenChoice(spec.podReplacementPolicy, supported, field);
}

function validateRestartPolicy(spec: JobSpec, field: string): FieldError[] {
  const policy = spec.template?.spec?.restartPolicy ?? '';
  if (policy === '' || policy === 'Always') return [required(field, 'valid values: "OnFailure", "Never"')];
  if (!restartPolicies.includes(policy)) return [notSupported(field, policy, restartPolicies)];
  if (!spec.podFailurePolicy || policy === 'Never') return [];
  return [invalidValue(field, policy, 'only "Never" is supported when podFailurePolicy is specified')];
}
