import { type FieldError, invalidValue, notSupported, required } from '../../errors/field-error.ts';
import type { DaemonSet, DaemonSetUpdateStrategy } from '../../generated/kinds.ts';
import { deepEqual } from '../../object/deep-equal.ts';
import { validateNonNegatives } from '../field-validation.ts';
import type { KindRules } from '../kind-rules.ts';
import { validateImmutable } from '../object-meta/object-meta-validation.ts';
import { changedTemplateWarnings } from '../pod-template/changed-template-warnings.ts';
import { validateControllerSelector, validateRunningPodTemplate } from '../pod-template/pod-template-validation.ts';
import { magnitudeOf, validateAtMostWhole, validateIntOrPercent } from './int-or-percent.ts';
import { validateCollisionCount } from './replicas-status-validation.ts';

/** Counts changes of the template; what was a field in older versions is an annotation in apps/v1. */
const templateGenerationAnnotation = 'deprecated.daemonset.template.generation';

export const daemonSetRules: KindRules<DaemonSet> = {
  countsGenerations: true,
  prepareForCreate: (daemonSet) => setTemplateGeneration(daemonSet, Math.max(templateGenerationOf(daemonSet), 1)),
  prepareForUpdate: (daemonSet, old) => {
    const changed = !deepEqual(daemonSet.spec.template, old.spec.template);
    setTemplateGeneration(daemonSet, templateGenerationOf(old) + (changed ? 1 : 0));
  },
  validate: ({ spec }) => [
    ...validateControllerSelector(spec.selector, 'daemonset'),
    ...validateRunningPodTemplate(spec.template, spec.selector, 'DaemonSet'),
    ...validateNonNegatives(spec, ['minReadySeconds'], 'spec'),
    ...validateUpdateStrategy(spec.updateStrategy ?? {}, 'spec.updateStrategy'),
    ...validateNonNegatives(spec, ['revisionHistoryLimit'], 'spec'),
  ],
  validateUpdate: ({ spec }, old) => validateImmutable(spec.selector, old.spec.selector, 'spec.selector'),
  warnings: changedTemplateWarnings,
  validateStatusUpdate: ({ status }, old) => [
    ...validateNonNegatives(
      status,
      [
        'currentNumberScheduled',
        'numberMisscheduled',
        'desiredNumberScheduled',
        'numberReady',
        'observedGeneration',
        'updatedNumberScheduled',
        'numberAvailable',
        'numberUnavailable',
        'collisionCount',
      ],
      'status',
    ),
    ...validateCollisionCount(status, old.status),
  ],
};

function templateGenerationOf({ metadata }: DaemonSet): number {
  const count = Number(metadata.annotations?.[templateGenerationAnnotation] ?? 0);
  return Number.isSafeInteger(count) ? count : 0;
}

function setTemplateGeneration({ metadata }: DaemonSet, count: number): void {
  metadata.annotations = { ...metadata.annotations, [templateGenerationAnnotation]: String(count) };
}

function validateUpdateStrategy({ type = '', rollingUpdate }: DaemonSetUpdateStrategy, path: string): FieldError[] {
  if (type === 'OnDelete') return [];
  if (type !== 'RollingUpdate') {
    const shown = { Type: type, RollingUpdate: rollingUpdate ?? null };
    return [notSupported(path, shown, ['RollingUpdate', 'OnDelete'])];
  }
  if (!rollingUpdate) return [required(`${path}.rollingUpdate`)];
  const { maxUnavailable = 0, maxSurge = 0 } = rollingUpdate;
  const at = `${path}.rollingUpdate`;
  const findings = [
    ...validateIntOrPercent(maxUnavailable, `${at}.maxUnavailable`),
    ...validateIntOrPercent(maxSurge, `${at}.maxSurge`),
    ...validateAtMostWhole(maxUnavailable, `${at}.maxUnavailable`),
    ...validateAtMostWhole(maxSurge, `${at}.maxSurge`),
  ];
  const unavailable = magnitudeOf(maxUnavailable) !== 0;
  const surge = magnitudeOf(maxSurge) !== 0;
  if (!unavailable && !surge) findings.push(required(`${at}.maxUnavailable`, 'cannot be 0 when maxSurge is 0'));
  if (unavailable && surge) {
    findings.push(invalidValue(`${at}.maxSurge`, maxSurge, 'may not be set when maxUnavailable is non-zero'));
  }
  return findings;
}
