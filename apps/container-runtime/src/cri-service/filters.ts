import { containerStates, sandboxStates } from '@orrery/cri';
import type * as cri from '@orrery/proto/cri';
import type { ContainerRecord, SandboxRecord } from './records.ts';

/** Every given field has to match; empty ones do not count. An id matches by its start. */
export function sandboxMatches(sandbox: SandboxRecord, filter: cri.PodSandboxFilter | undefined): boolean {
  if (!filter) return true;
  const state = sandbox.phase === 'ready' ? sandboxStates.ready : sandboxStates.notReady;
  return (
    sandbox.id.startsWith(filter.id) &&
    (!filter.state || filter.state.state === state) &&
    labelsMatch(sandbox.config.labels, filter.labelSelector)
  );
}

export function containerMatches(
  container: ContainerRecord,
  filter: (Omit<cri.ContainerFilter, 'state'> & { state?: cri.ContainerStateValue | undefined }) | undefined,
): boolean {
  if (!filter) return true;
  return (
    container.id.startsWith(filter.id) &&
    container.sandboxId.startsWith(filter.podSandboxId) &&
    (!filter.state || filter.state.state === containerStates[container.lifecycle.phase]) &&
    labelsMatch(container.config.labels, filter.labelSelector)
  );
}

function labelsMatch(labels: Readonly<Record<string, string>>, selector: Readonly<Record<string, string>>): boolean {
  return Object.entries(selector).every(([key, value]) => labels[key] === value);
}
