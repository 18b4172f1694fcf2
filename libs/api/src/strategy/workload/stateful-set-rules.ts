import { type FieldError, forbiddenField, invalidTexts, invalidValue, required } from '../../errors/field-error.ts';
import type { PodTemplateSpec, StatefulSet, StatefulSetSpec } from '../../generated/kinds.ts';
import { deepEqual } from '../../object/deep-equal.ts';
import { dnsLabelErrors } from '../../selectors/label-format.ts';
import { validateGivenChoice } from '../choice-validation.ts';
import { validateNonNegatives } from '../field-validation.ts';
import type { KindRules } from '../kind-rules.ts';
import { validateNonNegative } from '../object-meta/object-meta-validation.ts';
import { changedTemplateWarnings } from '../pod-template/changed-template-warnings.ts';
import { validateControllerSelector, validateRunningPodTemplate } from '../pod-template/pod-template-validation.ts';
import { magnitudeOf, validateAtMostWhole, validateIntOrPercent } from './int-or-percent.ts';
import {
  validateAtMostReplicas,
  validateAvailableReady,
  validateCollisionCount,
} from './replicas-status-validation.ts';

const updateText =
  "updates to statefulset spec for fields other than 'replicas', 'ordinals', 'template', 'updateStrategy', 'revisionHistoryLimit', 'persistentVolumeClaimRetentionPolicy' and 'minReadySeconds' are forbidden";
const changeable = [
  'replicas',
  'ordinals',
  'template',
  'updateStrategy',
  'revisionHistoryLimit',
  'persistentVolumeClaimRetentionPolicy',
  'minReadySeconds',
] as const;
const historyWarning =
  'spec.revisionHistoryLimit: a negative value retains all historical revisions; a value >= 0 is recommended';
const podPolicies = ['OrderedReady', 'Parallel'];
const retentionPolicies = ['Retain', 'Delete'];

export const statefulSetRules: KindRules<StatefulSet> = {
  nameErrors: dnsLabelErrors,
  countsGenerations: true,
  validate: ({ spec }) => [
    ...validatePodManagementPolicy(spec.podManagementPolicy),
    ...validateUpdateStrategy(spec.updateStrategy ?? {}, 'spec.updateStrategy'),
    ...validateRetentionPolicy(spec.persistentVolumeClaimRetentionPolicy, 'spec.persistentVolumeClaimRetentionPolicy'),
    ...validateNonNegatives(spec, ['replicas', 'minReadySeconds'], 'spec'),
    ...validateNonNegative(spec.ordinals?.start ?? 0, 'spec.ordinals.start'),
    ...(spec.serviceName ? invalidTexts('spec.serviceName', spec.serviceName, dnsLabelErrors(spec.serviceName)) : []),
    ...validateControllerSelector(spec.selector, 'statefulset'),
    ...validateRunningPodTemplate(withClaimVolumes(spec), spec.selector, 'StatefulSet'),
  ],
  validateUpdate: ({ spec }, old) => {
    const same = { ...spec, ...Object.fromEntries(changeable.map((name) => [name, old.spec[name]])) };
    return deepEqual(same, old.spec) ? [] : [forbiddenField('spec', updateText)];
  },
  warnings: (statefulSet, old) => [
    ...changedTemplateWarnings(statefulSet, old),
    ...((statefulSet.spec.revisionHistoryLimit ?? 0) < 0 ? [historyWarning] : []),
  ],
  validateStatusUpdate: ({ status }, old) => {
    const counts = ['readyReplicas', 'currentReplicas', 'updatedReplicas', 'availableReplicas'] as const;
    return [
      ...validateNonNegatives(status, ['replicas', ...counts, 'observedGeneration', 'collisionCount'], 'status'),
      ...validateAtMostReplicas(status, counts),
      ...validateAvailableReady(status, 'status.readyReplicas'),
      ...validateCollisionCount(status, old.status),
    ];
  },
};

function validatePodManagementPolicy(policy: string | undefined): FieldError[] {
  if (!policy) return [required('spec.podManagementPolicy')];
  if (podPolicies.includes(policy)) return [];
  return [invalidValue('spec.podManagementPolicy', policy, `must be '${podPolicies.join("' or '")}'`)];
}

function validateUpdateStrategy(
  { type = '', rollingUpdate }: NonNullable<StatefulSetSpec['updateStrategy']>,
  path: string,
): FieldError[] {
  const at = `${path}.rollingUpdate`;
  switch (type) {
    case '':
      return [required(path)];
    case 'OnDelete':
      return rollingUpdate ? [invalidValue(at, rollingUpdate, "only allowed for updateStrategy 'RollingUpdate'")] : [];
    case 'RollingUpdate':
      return [
        ...validateNonNegative(rollingUpdate?.partition ?? 0, `${at}.partition`),
        ...validateMaxUnavailable(rollingUpdate?.maxUnavailable, `${at}.maxUnavailable`),
      ];
    default: {
      const shown = { Type: type, RollingUpdate: rollingUpdate ?? null };
      return [invalidValue(path, shown, "must be 'RollingUpdate' or 'OnDelete'")];
    }
  }
}

function validateMaxUnavailable(value: number | string | undefined, field: string): FieldError[] {
  if (value === undefined) return [];
  return [
    ...validateIntOrPercent(value, field),
    ...(magnitudeOf(value) === 0 ? [invalidValue(field, value, 'cannot be 0')] : []),
    ...validateAtMostWhole(value, field),
  ];
}

function validateRetentionPolicy(
  policy: StatefulSetSpec['persistentVolumeClaimRetentionPolicy'],
  path: string,
): FieldError[] {
  if (!policy) return [];
  return [
    ...validateGivenChoice(policy.whenDeleted ?? '', retentionPolicies, `${path}.whenDeleted`),
    ...validateGivenChoice(policy.whenScaled ?? '', retentionPolicies, `${path}.whenScaled`),
  ];
}

/** The pods of the set find a volume for each claim template, so their containers may mount it. */
function withClaimVolumes({ template, volumeClaimTemplates = [] }: StatefulSetSpec): PodTemplateSpec | undefined {
  if (!template?.spec || volumeClaimTemplates.length === 0) return template;
  const own = template.spec.volumes ?? [];
  const claimed = volumeClaimTemplates
    .map(({ metadata }) => metadata?.name ?? '')
    .filter((name) => name !== '' && !own.some((volume) => volume.name === name))
    .map((name) => ({ name, persistentVolumeClaim: { claimName: name } }));
  return { ...template, spec: { ...template.spec, volumes: [...own, ...claimed] } };
}
