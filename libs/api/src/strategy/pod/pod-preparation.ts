import type { Container, LabelSelector, Pod, PodSpec } from '../../generated/kinds.ts';
import { deepEqual } from '../../object/deep-equal.ts';
import { Quantity } from '../../quantity/quantity.ts';
import { containersOf } from './containers-of.ts';
import { appArmorAnnotationPrefix, validateAppArmorProfile } from './security-profile-validation.ts';

/** A new pod's first status, and what its labels and annotations mean for its spec. */
export function preparePod(pod: Pod): void {
  pod.status = { phase: 'Pending', qosClass: qosClassOf(pod) };
  if ((pod.spec.schedulingGates?.length ?? 0) > 0) {
    const message = 'Scheduling is blocked due to non-empty scheduling gates';
    const condition = { type: 'PodScheduled', status: 'False', reason: 'SchedulingGated', message };
    pod.status.conditions = [condition];
  }
  mergeLabelKeys(pod);
  copyAppArmorAnnotations(pod);
}

/** Upstream fills in what a kubelet's status update leaves out: the class, and the generations that were observed before. */
export function preparePodStatus(pod: Pod, old: Pod): void {
  if (old.metadata.ownerReferences) pod.metadata.ownerReferences = old.metadata.ownerReferences;
  else delete pod.metadata.ownerReferences;
  if (!pod.status.qosClass && old.status.qosClass) pod.status.qosClass = old.status.qosClass;
  if (!pod.status.observedGeneration && old.status.observedGeneration) {
    pod.status.observedGeneration = old.status.observedGeneration;
  }
  const before = [...(old.status.conditions ?? [])];
  for (const condition of pod.status.conditions ?? []) {
    const same = before.findIndex(({ type }) => type === condition.type);
    const generation = same < 0 ? undefined : before.splice(same, 1)[0]?.observedGeneration;
    if (!condition.observedGeneration && generation) condition.observedGeneration = generation;
  }
}

/** The values of the pod's own labels become conditions of the selectors that ask for them by key. */
function mergeLabelKeys({ metadata: { labels = {} }, spec }: Pod): void {
  const merge = (selector: LabelSelector | undefined, keys: readonly string[] = [], operator: 'In' | 'NotIn') => {
    if (!selector) return;
    const added = keys.flatMap((key) => {
      const value = labels[key];
      return value === undefined ? [] : [{ key, operator, values: [value] }];
    });
    if (added.length > 0) selector.matchExpressions = [...(selector.matchExpressions ?? []), ...added];
  };
  for (const affinity of [spec.affinity?.podAffinity, spec.affinity?.podAntiAffinity]) {
    const preferred = affinity?.preferredDuringSchedulingIgnoredDuringExecution ?? [];
    const terms = preferred.map(({ podAffinityTerm }) => podAffinityTerm);
    for (const term of [...terms, ...(affinity?.requiredDuringSchedulingIgnoredDuringExecution ?? [])]) {
      merge(term?.labelSelector, term?.matchLabelKeys, 'In');
      merge(term?.labelSelector, term?.mismatchLabelKeys, 'NotIn');
    }
  }
  for (const { labelSelector, matchLabelKeys } of spec.topologySpreadConstraints ?? []) {
    merge(labelSelector, matchLabelKeys, 'In');
  }
}

/** The annotations that were there before the fields still say which profile a container gets. */
function copyAppArmorAnnotations({ metadata: { annotations = {} }, spec }: Pod): void {
  if (spec.os?.name === 'windows') return;
  for (const { container } of containersOf(spec, '')) {
    const annotation = annotations[appArmorAnnotationPrefix + container.name];
    if (annotation === undefined || container.securityContext?.appArmorProfile) continue;
    const profile = profileOf(annotation);
    const isValid = profile !== undefined && validateAppArmorProfile(profile, '').length === 0;
    if (!isValid || deepEqual(profile, spec.securityContext?.appArmorProfile)) continue;
    container.securityContext = { ...container.securityContext, appArmorProfile: profile };
  }
}

function profileOf(annotation: string) {
  if (annotation === 'unconfined') return { type: 'Unconfined' };
  if (annotation === 'runtime/default') return { type: 'RuntimeDefault' };
  if (!annotation.startsWith('localhost/')) return undefined;
  return { type: 'Localhost', localhostProfile: annotation.slice('localhost/'.length) };
}

export type QosClass = 'Guaranteed' | 'Burstable' | 'BestEffort';

/** `Guaranteed`: every container limits CPU and memory to what it requests; `BestEffort`: no container asks for anything. */
export function qosClassOf({ spec }: { readonly spec: PodSpec }): QosClass {
  const containers = [...(spec.containers ?? []), ...(spec.initContainers ?? [])];
  const podLevel = spec.resources;
  const parts = podLevel?.requests || podLevel?.limits ? [{ resources: podLevel }] : containers;
  const asked = parts.flatMap(({ resources }) => [...amounts(resources?.requests), ...amounts(resources?.limits)]);
  if (asked.length === 0) return 'BestEffort';
  return parts.every(isGuaranteed) ? 'Guaranteed' : 'Burstable';
}

const computeResources = ['cpu', 'memory'] as const;

function amounts(list: Readonly<Record<string, string>> = {}): string[] {
  return computeResources.flatMap((name) => {
    const text = list[name];
    return text !== undefined && (Quantity.tryParse(text)?.sign() ?? 0) > 0 ? [text] : [];
  });
}

function isGuaranteed({ resources }: Pick<Container, 'resources'>): boolean {
  return computeResources.every((name) => {
    const limit = Quantity.tryParse(resources?.limits?.[name] ?? '');
    const request = Quantity.tryParse(resources?.requests?.[name] ?? '');
    return limit !== undefined && limit.sign() > 0 && request?.equals(limit) === true;
  });
}
