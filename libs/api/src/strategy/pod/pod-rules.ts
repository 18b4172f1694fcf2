import { notSupported } from '../../errors/field-error.ts';
import type { Container, Pod } from '../../generated/kinds.ts';
import { Quantity } from '../../quantity/quantity.ts';
import type { KindRules } from '../kind-rules.ts';
import { validatePodSpec } from './pod-spec-validation.ts';
import { validatePodUpdate } from './pod-update-validation.ts';

export const podRules: KindRules<Pod> = {
  countsGenerations: true,
  prepareForCreate: (pod) => {
    pod.status = { phase: 'Pending', qosClass: qosClassOf(pod) };
    const gates = pod.spec.schedulingGates ?? [];
    if (gates.length > 0) {
      const message = 'Scheduling is blocked due to non-empty scheduling gates';
      const condition = { type: 'PodScheduled', status: 'False', reason: 'SchedulingGated', message };
      pod.status.conditions = [condition];
    }
  },
  validate: (pod) => validatePodSpec(pod.spec, 'spec'),
  validateUpdate: validatePodUpdate,
  validateStatusUpdate: (pod, old) => {
    const phases = ['Failed', 'Pending', 'Running', 'Succeeded', 'Unknown'];
    const { phase } = pod.status;
    return phase && phase !== old.status.phase && !phases.includes(phase)
      ? [notSupported('status.phase', phase, phases)]
      : [];
  },
  gracePeriodSeconds: (pod, asked) => {
    const { phase } = pod.status ?? {};
    if (!pod.spec.nodeName || phase === 'Failed' || phase === 'Succeeded') return 0;
    const seconds = asked ?? pod.spec.terminationGracePeriodSeconds ?? 0;
    return seconds < 0 ? 1 : seconds;
  },
};

/** `Guaranteed`: every container limits CPU and memory to what it requests; `BestEffort`: no container asks for anything. */
export function qosClassOf(pod: Pod): 'Guaranteed' | 'Burstable' | 'BestEffort' {
  const containers = [...(pod.spec.containers ?? []), ...(pod.spec.initContainers ?? [])];
  const podLevel = pod.spec.resources;
  const parts = podLevel?.requests || podLevel?.limits ? [{ name: '', resources: podLevel }] : containers;
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
