import { type FieldError, forbiddenField, invalidValue } from '../../errors/field-error.ts';
import type { Container, NodeAffinity, NodeSelectorTerm, Pod, PodSpec, Toleration } from '../../generated/kinds.ts';
import { deepEqual } from '../../object/deep-equal.ts';
import { semanticEqual } from '../../object/semantic-equal.ts';
import { differenceText } from '../difference-text.ts';
import { validatePodAnnotationsUpdate } from './pod-annotations-validation.ts';

const otherFieldsText =
  'pod updates may not change fields other than `spec.containers[*].image`,`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing tolerations),`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)';
const termsPath = 'spec.affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms';

/** A pod's spec is fixed but for a few fields. */
export function validatePodUpdate(pod: Pod, old: Pod): FieldError[] {
  const findings = validatePodAnnotationsUpdate(pod.metadata.annotations, old.metadata.annotations);
  const count = validateContainerCount(pod.spec, old.spec);
  if (count) return [...findings, count];
  const deadline = validateDeadlineChange(pod.spec.activeDeadlineSeconds, old.spec.activeDeadlineSeconds);
  findings.push(...deadline);
  if (deadline.length > 0 && pod.spec.activeDeadlineSeconds !== undefined) return findings;
  findings.push(...validateTolerationChange(pod.spec.tolerations ?? [], old.spec.tolerations ?? []));
  findings.push(...validateGateChange(pod.spec, old.spec));
  if (isGated(old.spec)) findings.push(...validateGatedChange(pod.spec, old.spec));
  const rest = withChangesAllowed(pod.spec, old.spec);
  if (semanticEqual(rest, old.spec)) return findings;
  return [...findings, forbiddenField('spec', `${otherFieldsText}\n${differenceText(old.spec, rest)}`)];
}

/** As long as it is gated, a pod may be told more about the nodes that it may run on. */
function isGated({ schedulingGates = [] }: PodSpec): boolean {
  return schedulingGates.length > 0;
}

function validateContainerCount(spec: PodSpec, old: PodSpec): FieldError | undefined {
  const list = (['containers', 'initContainers'] as const).find(
    (name) => (spec[name]?.length ?? 0) !== (old[name]?.length ?? 0),
  );
  return list && forbiddenField(`spec.${list}`, 'pod updates may not add or remove containers');
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
  return (spec.schedulingGates ?? []).flatMap(({ name }, i) => {
    const text = `only deletion is allowed, but found new scheduling gate '${name}'`;
    return before.has(name) ? [] : [forbiddenField(`spec.schedulingGates[${i}].name`, text)];
  });
}

function validateGatedChange(spec: PodSpec, old: PodSpec): FieldError[] {
  const findings: FieldError[] = [];
  const selector = spec.nodeSelector ?? {};
  if (Object.entries(old.nodeSelector ?? {}).some(([key, value]) => selector[key] !== value)) {
    const text = 'only additions to spec.nodeSelector are allowed (no mutations or deletions)';
    findings.push(invalidValue('spec.nodeSelector', selector, text));
  }
  const before = termsOf(old.affinity?.nodeAffinity);
  const after = termsOf(spec.affinity?.nodeAffinity);
  if (before.length > 0 && before.length !== after.length) {
    const text = 'no additions/deletions to non-empty NodeSelectorTerms list are allowed';
    return [...findings, invalidValue(termsPath, after, text)];
  }
  for (const [i, term] of before.entries()) {
    const now = after[i];
    if (now !== undefined && hasOnlyAdditions(now, term)) continue;
    findings.push(invalidValue(`${termsPath}[${i}]`, now, 'only additions are allowed (no mutations or deletions)'));
  }
  return findings;
}

function termsOf(affinity: NodeAffinity | undefined): readonly NodeSelectorTerm[] {
  return affinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms ?? [];
}

/** A term without conditions selects nothing: what is added to it would select more. */
function hasOnlyAdditions(term: NodeSelectorTerm, old: NodeSelectorTerm): boolean {
  const lists = ['matchExpressions', 'matchFields'] as const;
  if (lists.every((list) => !old[list]?.length)) return lists.every((list) => !term[list]?.length);
  return lists.every((list) => {
    const before = old[list] ?? [];
    return deepEqual((term[list] ?? []).slice(0, before.length), before);
  });
}

/** The new spec with every field that may change set back to what it was: what still differs is forbidden. */
function withChangesAllowed(spec: PodSpec, old: PodSpec): PodSpec {
  const { terminationGracePeriodSeconds: grace } = spec;
  const wasNegative = (old.terminationGracePeriodSeconds ?? 0) < 0;
  const rest: PodSpec = {
    ...spec,
    containers: withImages(spec.containers ?? [], old.containers ?? []),
    ...(spec.initContainers && { initContainers: withImages(spec.initContainers, old.initContainers ?? []) }),
    activeDeadlineSeconds: old.activeDeadlineSeconds,
    tolerations: old.tolerations,
    schedulingGates: old.schedulingGates,
    terminationGracePeriodSeconds: wasNegative && grace === 1 ? old.terminationGracePeriodSeconds : grace,
  };
  if (!isGated(old)) return rest;
  const { nodeAffinity: _, ...affinity } = spec.affinity ?? {};
  const before = old.affinity?.nodeAffinity;
  const hasAffinity = before !== undefined || old.affinity !== undefined || Object.values(affinity).some(Boolean);
  return {
    ...rest,
    nodeSelector: old.nodeSelector,
    affinity: hasAffinity ? { ...affinity, ...(before && { nodeAffinity: before }) } : undefined,
  };
}

function withImages(containers: readonly Container[], old: readonly Container[]): Container[] {
  return containers.map((container, i) => ({ ...container, image: old[i]?.image }));
}
