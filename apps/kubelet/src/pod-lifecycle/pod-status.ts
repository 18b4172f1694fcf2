import type { Pod, PodStatus } from '@orrery/api';
import { formatTime, type Milliseconds } from '@orrery/runtime';
import { containerStatuses, type WaitingReason } from './container-statuses.ts';
import { isInitialized, type ProbeVerdicts } from './plan-pod.ts';
import { podConditions } from './pod-conditions.ts';
import { podPhase } from './pod-phase.ts';
import { initContainersOf, isTerminalPhase, isTerminating } from './pod-shape.ts';
import { qosClass } from './qos-class.ts';
import { currentSandbox, type RuntimePod } from './runtime-pod.ts';

export interface PodStatusInput {
  readonly pod: Pod;
  readonly runtime: RuntimePod;
  readonly now: Milliseconds;
  readonly verdicts: (containerId: string) => ProbeVerdicts;
  readonly waiting: ReadonlyMap<string, WaitingReason>;
  readonly terminationMessages: ReadonlyMap<string, string>;
  readonly runtimeName: string;
  readonly nodeIp: string;
  /** Nothing runs and nothing will be started any more. */
  readonly ended: boolean;
  /** Why the kubelet itself ended the pod (`Evicted`, `DeadlineExceeded`, …); the phase is then `Failed`. */
  readonly failure: { readonly reason: string; readonly message: string } | undefined;
}

/** The status that the kubelet reports of a pod. A pure function: same input, same status, so an unchanged one is not written. */
export function podStatus(input: PodStatusInput): PodStatus {
  const { pod, runtime, failure } = input;
  const now = formatTime(input.now);
  const initialized = isInitialized(pod, runtime, input.verdicts);
  const { main, init } = containerStatuses({ ...input, initialized });
  if (isTerminating(pod) || failure)
    for (const status of [...main, ...init.filter(isNotCompleted)]) status.ready = false;
  const known = pod.status.phase;
  const reached = podPhase({ pod, main, init, ended: input.ended });
  const phase = failure && input.ended ? 'Failed' : isTerminalPhase(known) ? (known as typeof reached) : reached;
  const sandbox = currentSandbox(runtime);
  const hostNetwork = pod.spec.hostNetwork === true;
  const ips = hostNetwork ? [input.nodeIp] : (sandbox?.ips ?? pod.status.podIPs?.map(({ ip }) => ip) ?? []);
  const sandboxReady = sandbox !== undefined && (hostNetwork || sandbox.ips.length > 0);
  const conditions = podConditions({ pod, phase, main, init, initialized, sandboxReady, now });
  const foreign = (pod.status.conditions ?? []).filter(({ type }) => !conditions.some((own) => own.type === type));
  const neverRan = failure !== undefined && runtime.containers.length === 0;
  const text = failure ?? { reason: pod.status.reason, message: pod.status.message };
  return {
    ...(pod.metadata.generation ? { observedGeneration: pod.metadata.generation } : {}),
    phase,
    conditions: [...conditions, ...foreign],
    ...(text.message ? { message: text.message } : {}),
    ...(text.reason ? { reason: text.reason } : {}),
    hostIP: input.nodeIp,
    hostIPs: [{ ip: input.nodeIp }],
    ...(ips[0] ? { podIP: ips[0], podIPs: ips.map((ip) => ({ ip })) } : {}),
    startTime: pod.status.startTime ?? now,
    ...(initContainersOf(pod).length > 0 && !neverRan ? { initContainerStatuses: init } : {}),
    ...(neverRan ? {} : { containerStatuses: main }),
    qosClass: pod.status.qosClass ?? qosClass(pod),
  };
}

function isNotCompleted(status: { state?: { terminated?: { exitCode: number } } }): boolean {
  return status.state?.terminated?.exitCode !== 0;
}
