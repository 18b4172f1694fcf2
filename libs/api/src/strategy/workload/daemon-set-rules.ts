import { type FieldError, invalidValue, notSupported, required } from '../../errors/field-error.ts';
import type { DaemonSet, DaemonSetUpdateStrategy } from '../../generated/kinds.ts';
import type { KindRules } from '../kind-rules.ts';
import { validateImmutable, validateNonNegative } from '../object-meta/object-meta-validation.ts';
import { validateControllerSelector, validateRunningPodTemplate } from '../pod-template/pod-template-validation.ts';
import { magnitudeOf, validateAtMostWhole, validateIntOrPercent } from './int-or-percent.ts';

export const daemonSetRules: KindRules<DaemonSet> = {
  countsGenerations: true,
  validate: ({ spec }) => [
    ...validateControllerSelector(spec.selector, 'daemonset'),
    ...validateRunningPodTemplate(spec.template, spec.selector, 'DaemonSet'),
    ...validateNonNegative(spec.minReadySeconds ?? 0, 'spec.minReadySeconds'),
    ...validateUpdateStrategy(spec.updateStrategy ?? {}, 'spec.updateStrategy'),
    ...validateNonNegative(spec.revisionHistoryLimit ?? 0, 'spec.revisionHistoryLimit'),
  ],
  validateUpdate: ({ spec }, old) => validateImmutable(spec.selector, old.spec.selector, 'spec.selector'),
};

function validateUpdateStrategy({ type, rollingUpdate }: DaemonSetUpdateStrategy, path: string): FieldError[] {
  if (type === 'OnDelete') return [];
  if (type !== 'RollingUpdate') return [notSupported(`${path}.type`, type ?? '', ['OnDelete', 'RollingUpdate'])];
  if (!rollingUpdate) return [required(`${path}.rollingUpdate`)];
  const { maxUnavailable = 0, maxSurge = 0 } = rollingUpdate;
  const at = `${path}.rollingUpdate`;
  const findings = [
    ...validateIntOrPercent(maxUnavailable, `${at}.maxUnavailable`),
    ...validateAtMostWhole(maxUnavailable, `${at}.maxUnavailable`),
    ...validateIntOrPercent(maxSurge, `${at}.maxSurge`),
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
