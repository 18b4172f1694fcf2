import { required } from '../../errors/field-error.ts';
import type { ReplicationController } from '../../generated/kinds.ts';
import { podNameWarnings } from '../job/pod-name-warnings.ts';
import type { KindRules } from '../kind-rules.ts';
import { validateNonNegative } from '../object-meta/object-meta-validation.ts';
import { changedTemplateWarnings } from '../pod-template/changed-template-warnings.ts';
import { validateRunningPodTemplate } from '../pod-template/pod-template-validation.ts';
import { validateReplicaSetStatus } from '../workload/replica-set-rules.ts';

export const replicationControllerRules: KindRules<ReplicationController> = {
  countsGenerations: true,
  validate: ({ spec }) => {
    const selector = spec.selector ?? {};
    return [
      ...validateNonNegative(spec.minReadySeconds ?? 0, 'spec.minReadySeconds'),
      ...(Object.keys(selector).length === 0 ? [required('spec.selector')] : []),
      ...validateNonNegative(spec.replicas ?? 0, 'spec.replicas'),
      ...validateRunningPodTemplate(spec.template, { matchLabels: selector }, 'ReplicationController'),
    ];
  },
  validateStatusUpdate: ({ status }) => validateReplicaSetStatus(status),
  warnings: (controller, old) => [
    ...(old ? [] : podNameWarnings(controller.metadata.name)),
    ...changedTemplateWarnings(controller, old),
  ],
};
