import { forbiddenField, invalidValue, notSupported } from '../../errors/field-error.ts';
import type { StatefulSet } from '../../generated/kinds.ts';
import { deepEqual } from '../../object/deep-equal.ts';
import type { KindRules } from '../kind-rules.ts';
import { validateNonNegative } from '../object-meta/object-meta-validation.ts';
import { validateControllerSelector, validateRunningPodTemplate } from '../pod-template/pod-template-validation.ts';

const updateText =
  "updates to statefulset spec for fields other than 'replicas', 'ordinals', 'template', 'updateStrategy', 'revisionHistoryLimit', 'persistentVolumeClaimRetentionPolicy' and 'minReadySeconds' are forbidden";
const podPolicies = ['OrderedReady', 'Parallel'];
const updateTypes = ['OnDelete', 'RollingUpdate'];

export const statefulSetRules: KindRules<StatefulSet> = {
  countsGenerations: true,
  validate: ({ spec }) => {
    const { podManagementPolicy: policy = '', updateStrategy } = spec;
    const type = updateStrategy?.type ?? '';
    return [
      ...(podPolicies.includes(policy)
        ? []
        : [invalidValue('spec.podManagementPolicy', policy, `must be '${podPolicies.join("' or '")}'`)]),
      ...(updateTypes.includes(type) ? [] : [notSupported('spec.updateStrategy.type', type, updateTypes)]),
      ...validateNonNegative(
        updateStrategy?.rollingUpdate?.partition ?? 0,
        'spec.updateStrategy.rollingUpdate.partition',
      ),
      ...validateNonNegative(spec.replicas ?? 0, 'spec.replicas'),
      ...validateNonNegative(spec.minReadySeconds ?? 0, 'spec.minReadySeconds'),
      ...validateNonNegative(spec.ordinals?.start ?? 0, 'spec.ordinals.start'),
      ...validateControllerSelector(spec.selector, 'statefulset'),
      ...validateRunningPodTemplate(spec.template, spec.selector, 'StatefulSet'),
    ];
  },
  validateUpdate: ({ spec }, old) => {
    const same = {
      ...spec,
      replicas: old.spec.replicas,
      ordinals: old.spec.ordinals,
      template: old.spec.template,
      updateStrategy: old.spec.updateStrategy,
      revisionHistoryLimit: old.spec.revisionHistoryLimit,
      persistentVolumeClaimRetentionPolicy: old.spec.persistentVolumeClaimRetentionPolicy,
      minReadySeconds: old.spec.minReadySeconds,
    };
    return deepEqual(same, old.spec) ? [] : [forbiddenField('spec', updateText)];
  },
};
