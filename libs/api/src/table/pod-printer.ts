import { parseTime } from '@orrery/runtime';
import { described } from '../generated/column-descriptions.ts';
import type { ContainerStatus, Pod } from '../generated/kinds.ts';
import { ageOf, humanDuration } from './human-duration.ts';
import { ageColumn, definitionOf, nameColumn, type Printer } from './printer.ts';
import type { TableRowCondition } from './table-document.ts';

const completed: Record<string, readonly TableRowCondition[]> = {
  Succeeded: [
    { type: 'Completed', status: 'True', reason: 'Succeeded', message: 'The pod has completed successfully.' },
  ],
  Failed: [{ type: 'Completed', status: 'True', reason: 'Failed', message: 'The pod failed.' }],
};

const none = '<none>';

export const podPrinter: Printer = {
  columns: [
    nameColumn,
    { name: 'Ready', type: 'string', description: 'The aggregate readiness state of this pod for accepting traffic.' },
    { name: 'Status', type: 'string', description: 'The aggregate status of the containers in this pod.' },
    {
      name: 'Restarts',
      type: 'string',
      description:
        'The number of times the containers in this pod have been restarted and when the last container in this pod has restarted.',
    },
    ageColumn,
    { name: 'IP', type: 'string', priority: 1, description: described['api.core.v1.PodStatus.podIP'] },
    { name: 'Node', type: 'string', priority: 1, description: described['api.core.v1.PodSpec.nodeName'] },
    {
      name: 'Nominated Node',
      type: 'string',
      priority: 1,
      description: described['api.core.v1.PodStatus.nominatedNodeName'],
    },
    {
      name: 'Readiness Gates',
      type: 'string',
      priority: 1,
      description: described['api.core.v1.PodSpec.readinessGates'],
    },
  ].map(definitionOf),

  row(object, nowMs) {
    const pod = object as Pod;
    const { ready, total, reason, restarts, lastRestartMs } = summarize(pod);
    const ago = lastRestartMs === undefined ? '' : ` (${humanDuration(nowMs - lastRestartMs)} ago)`;
    const conditions = completed[pod.status.phase ?? ''];
    const cells = [
      pod.metadata.name,
      `${ready}/${total}`,
      reason,
      restarts === 0 ? '0' : `${restarts}${ago}`,
      ageOf(pod.metadata.creationTimestamp, nowMs),
      pod.status.podIPs?.[0]?.ip || none,
      pod.spec.nodeName || none,
      pod.status.nominatedNodeName || none,
      readinessGates(pod),
    ];
    return conditions ? { cells, conditions } : { cells };
  },
};

/** The columns that look at all containers together. */
interface PodSummary {
  ready: number;
  total: number;
  reason: string;
  restarts: number;
  /** The end of the latest run that was followed by a restart. */
  lastRestartMs: number | undefined;
}

function summarize(pod: Pod): PodSummary {
  const { spec, status } = pod;
  const sidecars = new Set((spec.initContainers ?? []).filter(isSidecar).map(({ name }) => name));
  const summary: PodSummary = {
    ready: 0,
    total: (spec.containers?.length ?? 0) + sidecars.size,
    reason: phaseReason(pod),
    restarts: 0,
    lastRestartMs: undefined,
  };
  const initializing = addInitContainers(summary, pod, sidecars);
  if (!initializing || isTrue(pod, 'Initialized')) {
    countRestarts(
      summary,
      (status.initContainerStatuses ?? []).filter(({ name }) => sidecars.has(name)),
    );
    addContainers(summary, pod);
  }
  summary.reason = deletionReason(pod) ?? summary.reason;
  return summary;
}

function phaseReason({ status }: Pod): string {
  const gated = status.conditions?.some(({ type, reason }) => type === 'PodScheduled' && reason === 'SchedulingGated');
  return gated ? 'SchedulingGated' : status.reason || status.phase || '';
}

/** Deletion hides every other reason, unless the pod has already ended or its node is lost. */
function deletionReason({ metadata, status }: Pod): string | undefined {
  if (!metadata.deletionTimestamp) return undefined;
  if (status.reason === 'NodeLost') return 'Unknown';
  return status.phase === 'Succeeded' || status.phase === 'Failed' ? undefined : 'Terminating';
}

/** Looks at the init containers up to the first that is not done; says whether there is one. */
function addInitContainers(summary: PodSummary, pod: Pod, sidecars: ReadonlySet<string>): boolean {
  const statuses = pod.status.initContainerStatuses ?? [];
  for (const [index, container] of statuses.entries()) {
    addRestarts(summary, [container]);
    if (container.state?.terminated?.exitCode === 0) continue;
    if (sidecars.has(container.name) && container.started) {
      if (container.ready) summary.ready++;
      continue;
    }
    summary.reason = `Init:${initReason(container) ?? `${index}/${pod.spec.initContainers?.length ?? 0}`}`;
    return true;
  }
  return false;
}

function initReason({ state }: ContainerStatus): string | undefined {
  if (state?.terminated) return terminationReason(state.terminated);
  const waiting = state?.waiting?.reason;
  return waiting && waiting !== 'PodInitializing' ? waiting : undefined;
}

/** The first container that is not running gives the reason: they are looked at from the last to the first. */
function addContainers(summary: PodSummary, pod: Pod): void {
  const statuses = pod.status.containerStatuses ?? [];
  addRestarts(summary, statuses);
  let running = false;
  for (const { state, ready } of [...statuses].reverse()) {
    if (state?.waiting?.reason) summary.reason = state.waiting.reason;
    else if (state?.terminated) summary.reason = terminationReason(state.terminated);
    else if (ready && state?.running) {
      running = true;
      summary.ready++;
    }
  }
  if (summary.reason === 'Completed' && running) summary.reason = isTrue(pod, 'Ready') ? 'Running' : 'NotReady';
}

function terminationReason(terminated: { reason?: string; signal?: number; exitCode: number }): string {
  if (terminated.reason) return terminated.reason;
  return terminated.signal ? `Signal:${terminated.signal}` : `ExitCode:${terminated.exitCode}`;
}

/** Starts counting anew, with these containers only. */
function countRestarts(summary: PodSummary, statuses: readonly ContainerStatus[]): void {
  summary.restarts = 0;
  summary.lastRestartMs = undefined;
  addRestarts(summary, statuses);
}

function addRestarts(summary: PodSummary, statuses: readonly ContainerStatus[]): void {
  for (const { restartCount, lastState } of statuses) {
    summary.restarts += restartCount ?? 0;
    const finishedAt = lastState?.terminated?.finishedAt;
    const finishedMs = finishedAt ? parseTime(finishedAt) : undefined;
    if (finishedMs === undefined) continue;
    summary.lastRestartMs = Math.max(finishedMs, summary.lastRestartMs ?? finishedMs);
  }
}

/** An init container that keeps running beside the others. */
function isSidecar({ restartPolicy }: { restartPolicy?: string }): boolean {
  return restartPolicy === 'Always';
}

function isTrue({ status }: Pod, conditionType: string): boolean {
  return status.conditions?.find(({ type }) => type === conditionType)?.status === 'True';
}

function readinessGates(pod: Pod): string {
  const gates = pod.spec.readinessGates ?? [];
  if (gates.length === 0) return none;
  return `${gates.filter(({ conditionType }) => isTrue(pod, conditionType)).length}/${gates.length}`;
}
