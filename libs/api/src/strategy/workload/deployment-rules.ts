import { type FieldError, forbiddenField, invalidValue, notSupported } from '../../errors/field-error.ts';
import type { Deployment, DeploymentStrategy } from '../../generated/kinds.ts';
import { deepEqual } from '../../object/deep-equal.ts';
import { validateNonNegatives } from '../field-validation.ts';
import type { KindRules } from '../kind-rules.ts';
import { validateImmutable, validateNonNegative } from '../object-meta/object-meta-validation.ts';
import { changedTemplateWarnings } from '../pod-template/changed-template-warnings.ts';
import { validateControllerSelector, validateRunningPodTemplate } from '../pod-template/pod-template-validation.ts';
import { magnitudeOf, validateAtMostWhole, validateIntOrPercent } from './int-or-percent.ts';
import {
  validateAtMostReplicas,
  validateAvailableReady,
  validateCollisionCount,
} from './replicas-status-validation.ts';

export const deploymentRules: KindRules<Deployment> = {
  countsGenerations: true,
  /** Of this kind alone, upstream counts annotations too. */
  prepareForUpdate: ({ metadata }, old) => {
    if (deepEqual(metadata.annotations, old.metadata.annotations)) return;
    metadata.generation = (old.metadata.generation ?? 0) + 1;
  },
  validate: ({ spec }) => {
    const { minReadySeconds = 0, progressDeadlineSeconds: deadline } = spec;
    return [
      ...validateNonNegative(spec.replicas ?? 0, 'spec.replicas'),
      ...validateControllerSelector(spec.selector, 'deployment'),
      ...validateRunningPodTemplate(spec.template, spec.selector, 'ReplicaSet'),
      ...validateStrategy(spec.strategy ?? {}, 'spec.strategy'),
      ...validateNonNegative(minReadySeconds, 'spec.minReadySeconds'),
      ...validateNonNegative(spec.revisionHistoryLimit ?? 0, 'spec.revisionHistoryLimit'),
      ...validateNonNegative(deadline ?? 0, 'spec.progressDeadlineSeconds'),
      ...(deadline !== undefined && deadline <= minReadySeconds
        ? [invalidValue('spec.progressDeadlineSeconds', deadline, 'must be greater than minReadySeconds')]
        : []),
    ];
  },
  validateUpdate: ({ spec }, old) => validateImmutable(spec.selector, old.spec.selector, 'spec.selector'),
  warnings: changedTemplateWarnings,
  validateStatusUpdate: ({ status }, old) => [
    ...validateNonNegatives(
      status,
      [
        'observedGeneration',
        'replicas',
        'updatedReplicas',
        'readyReplicas',
        'availableReplicas',
        'unavailableReplicas',
        'collisionCount',
      ],
      'status',
    ),
    ...validateAtMostReplicas(status, ['updatedReplicas', 'readyReplicas', 'availableReplicas']),
    ...validateAvailableReady(status, 'readyReplicas'),
    ...validateCollisionCount(status, old.status),
  ],
};

function validateStrategy(strategy: DeploymentStrategy, path: string): FieldError[] {
  const { type, rollingUpdate } = strategy;
  switch (type) {
    case 'Recreate':
      return rollingUpdate
        ? [forbiddenField(`${path}.rollingUpdate`, "may not be specified when strategy `type` is 'Recreate'")]
        : [];
    case 'RollingUpdate':
      return validateRollingUpdate(rollingUpdate ?? {}, `${path}.rollingUpdate`);
    default:
      return [
        notSupported(path, { Type: type ?? '', RollingUpdate: rollingUpdate ?? null }, ['Recreate', 'RollingUpdate']),
      ];
  }
}

function validateRollingUpdate(
  { maxUnavailable = 0, maxSurge = 0 }: NonNullable<DeploymentStrategy['rollingUpdate']>,
  path: string,
): FieldError[] {
  const findings = [
    ...validateIntOrPercent(maxUnavailable, `${path}.maxUnavailable`),
    ...validateIntOrPercent(maxSurge, `${path}.maxSurge`),
  ];
  if (magnitudeOf(maxUnavailable) === 0 && magnitudeOf(maxSurge) === 0) {
    findings.push(invalidValue(`${path}.maxUnavailable`, maxUnavailable, 'may not be 0 when `maxSurge` is 0'));
  }
  return [...findings, ...validateAtMostWhole(maxUnavailable, `${path}.maxUnavailable`)];
}
