import type { Container, Pod } from '../generated/kinds.ts';
import { defaultPodResources } from './pod-resources-defaults.ts';
import { defaultPodSpec } from './pod-spec-defaults.ts';

/** A pod of its own; what is here does not apply to pod templates. */
export function defaultPod(pod: Pod): void {
  const { spec } = pod;
  defaultPodSpec(spec);
  for (const container of [...(spec.containers ?? []), ...(spec.initContainers ?? [])]) {
    defaultRequestsFromLimits(container.resources);
    if (spec.hostNetwork) defaultHostPorts(container);
  }
  defaultPodResources(spec);
  spec.enableServiceLinks ??= true;
}

function defaultRequestsFromLimits(resources: Container['resources']): void {
  if (!resources?.limits) return;
  resources.requests = { ...resources.limits, ...resources.requests };
}

/** On the host's network a container's port is the host's. */
function defaultHostPorts(container: Container): void {
  for (const port of container.ports ?? []) port.hostPort ||= port.containerPort;
}
