import { type FieldError, forbiddenField, invalidValue } from '../../errors/field-error.ts';
import type { Container, Pod, PodSpec, Toleration } from '../../generated/kinds.ts';
import { deepEqual } from '../../object/deep-equal.ts';

const otherFieldsText =
  'pod updates may not change fields other than `spec.containers[*].image`,`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing tolerations),`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)';

/** A pod's spec is fixed but for a few fields. */
export function validatePodUpdate(pod: Pod, old: Pod): FieldError[] {
  const count = validateContainerCount(pod.spec, old.spec);
  if (count.length > 0) return count;
  return [
    ...validateDeadlineChange(pod.spec.activeDeadlineSeconds, old.spec.activeDeadlineSeconds),
    ...validateTolerationChange(pod.spec.tolerations ?? [], old.spec.tolerations ?? []),
    ...validateGateChange(pod.spec, old.spec),
    ...(deepEqual(withChangesAllowed(pod.spec, old.spec), old.spec) ? [] : [forbiddenField('spec', otherFieldsText)]),
  ];
}

function validateContainerCount(spec: PodSpec, old: PodSpec): FieldError[] {
  const findings: FieldError[] = [];
  if ((spec.containers?.length ?? 0) !== (old.containers?.length ?? 0)) {
    findings.push(forbiddenField('spec.containers', 'pod updates may not add or remove containers'));
  }
  if ((spec.initContainers?.length ?? 0) !== (old.initContainers?.length ?? 0)) {
    findings.push(forbiddenField('spec.initContainers', 'pod updates may not add or remove containers'));
  }
  return findings;
}

function validateDeadlineChange(seconds: number | undefined, old: number | undefined): FieldError[] {
  const field = 'spec.activeDeadlineSeconds';
  if (old === undefined || seconds === old) return [];
  if (seconds === undefined) {
    return [invalidValue(field, null, 'must not update from a positive integer to nil value')];
  }
  return seconds > old ? [invalidValue(field, seconds, 'must be less than or equal to previous value')] : [];
}

function validateTolerationChange(tolerations: readonly Toleration[], old: readonly Toleration[]): FieldError[] {
  const withoutSeconds = ({ tolerationSeconds: _, ...rest }: Toleration) => rest;
  const kept = old.every((before) =>
    tolerations.some((after) => deepEqual(withoutSeconds(after), withoutSeconds(before))),
  );
  return kept
    ? []
    : [forbiddenField('spec.tolerations', 'existing toleration can not be modified except its tolerationSeconds')];
}

function validateGateChange(spec: PodSpec, old: PodSpec): FieldError[] {
  const before = new Set((old.schedulingGates ?? []).map(({ name }) => name));
  return (spec.schedulingGates ?? [])
    .filter(({ name }) => !before.has(name))
    .map(({ name }, i) => {
      const text = `only deletion is allowed, but found new scheduling gate '${name}'`;
      return forbiddenField(`spec.schedulingGates[${i}]`, text);
    });
}

/** The new spec with every field that may change set back to what it was: what still differs is forbidden. */
function withChangesAllowed(spec: PodSpec, old: PodSpec): PodSpec {
  const { terminationGracePeriodSeconds: grace } = spec;
  const wasNegative = (old.terminationGracePeriodSeconds ?? 0) < 0;
  const gated = (old.schedulingGates?.length ?? 0) > 0;
  return {
    ...spec,
    containers: withImages(spec.containers ?? [], old.containers ?? []),
    ...(spec.initContainers && { initContainers: withImages(spec.initContainers, old.initContainers ?? []) }),
    activeDeadlineSeconds: old.activeDeadlineSeconds,
    tolerations: old.tolerations,
    schedulingGates: old.schedulingGates,
    terminationGracePeriodSeconds: wasNegative && grace === 1 ? old.terminationGracePeriodSeconds : grace,
    ...(gated && { nodeSelector: old.nodeSelector, affinity: old.affinity }),
  };
}

function withImages(containers: readonly Container[], old: readonly Container[]): Container[] {
  return containers.map((container, i) => ({ ...container, image: old[i]?.image }));
}
