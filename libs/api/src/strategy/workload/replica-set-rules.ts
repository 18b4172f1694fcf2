import type { FieldError } from '../../errors/field-error.ts';
import type { ReplicaSet, ReplicaSetStatus, ReplicationControllerStatus } from '../../generated/kinds.ts';
import { validateNonNegatives } from '../field-validation.ts';
import { podNameWarnings } from '../job/pod-name-warnings.ts';
import type { KindRules } from '../kind-rules.ts';
import { validateImmutable, validateNonNegative } from '../object-meta/object-meta-validation.ts';
import { changedTemplateWarnings } from '../pod-template/changed-template-warnings.ts';
import { validateControllerSelector, validateRunningPodTemplate } from '../pod-template/pod-template-validation.ts';
import { validateAtMostReplicas, validateAvailableReady } from './replicas-status-validation.ts';

export const replicaSetRules: KindRules<ReplicaSet> = {
  countsGenerations: true,
  validate: ({ spec }) => [
    ...validateNonNegative(spec.replicas ?? 0, 'spec.replicas'),
    ...validateNonNegative(spec.minReadySeconds ?? 0, 'spec.minReadySeconds'),
    ...validateControllerSelector(spec.selector, 'deployment'),
    ...validateRunningPodTemplate(spec.template, spec.selector, 'ReplicaSet'),
  ],
  validateUpdate: ({ spec }, old) => validateImmutable(spec.selector, old.spec.selector, 'spec.selector'),
  warnings: (replicaSet, old) => [
    ...(old ? [] : podNameWarnings(replicaSet.metadata.name)),
    ...changedTemplateWarnings(replicaSet, old),
  ],
  validateStatusUpdate: ({ status }) => validateReplicaSetStatus(status),
};

/** Of a ReplicationController as well. */
export function validateReplicaSetStatus(status: ReplicaSetStatus | ReplicationControllerStatus): FieldError[] {
  const counts = ['fullyLabeledReplicas', 'readyReplicas', 'availableReplicas'] as const;
  return [
    ...validateNonNegatives(status, ['replicas', ...counts, 'observedGeneration'], 'status'),
    ...validateAtMostReplicas(status, counts),
    ...validateAvailableReady(status, 'readyReplicas'),
  ];
}
