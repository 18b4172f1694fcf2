import { required } from '../../errors/field-error.ts';
import type { ReplicaSet, ReplicationController } from '../../generated/kinds.ts';
import type { KindRules } from '../kind-rules.ts';
import { validateImmutable, validateNonNegative } from '../object-meta/object-meta-validation.ts';
import { validateControllerSelector, validateRunningPodTemplate } from '../pod-template/pod-template-validation.ts';

export const replicaSetRules: KindRules<ReplicaSet> = {
  countsGenerations: true,
  validate: ({ spec }) => [
    ...validateNonNegative(spec.replicas ?? 0, 'spec.replicas'),
    ...validateNonNegative(spec.minReadySeconds ?? 0, 'spec.minReadySeconds'),
    ...validateControllerSelector(spec.selector, 'deployment'),
    ...validateRunningPodTemplate(spec.template, spec.selector, 'ReplicaSet'),
  ],
  validateUpdate: ({ spec }, old) => validateImmutable(spec.selector, old.spec.selector, 'spec.selector'),
  validateStatusUpdate: ({ status }) => [
    ...validateNonNegative(status.replicas ?? 0, 'status.replicas'),
    ...validateNonNegative(status.readyReplicas ?? 0, 'status.readyReplicas'),
    ...validateNonNegative(status.availableReplicas ?? 0, 'status.availableReplicas'),
  ],
};

export const replicationControllerRules: KindRules<ReplicationController> = {
  countsGenerations: true,
  validate: ({ spec }) => {
    const selector = spec.selector ?? {};
    const missing = Object.keys(selector).length === 0 ? [required('spec.selector')] : [];
    return [
      ...missing,
      ...validateNonNegative(spec.minReadySeconds ?? 0, 'spec.minReadySeconds'),
      ...validateNonNegative(spec.replicas ?? 0, 'spec.replicas'),
      ...validateRunningPodTemplate(spec.template, { matchLabels: selector }, 'ReplicationController'),
    ];
  },
};
