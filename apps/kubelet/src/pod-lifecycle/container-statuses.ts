import type { Container, ContainerState, ContainerStatus, Pod } from '@orrery/api';
import { formatTime } from '@orrery/runtime';
import type { ProbeVerdicts } from './plan-pod.ts';
import { initContainersOf, isSidecar, shouldRestart } from './pod-shape.ts';
import type { RuntimeContainer, RuntimePod } from './runtime-pod.ts';

/** Why a container does not run yet, in the words of `state.waiting`. */
export interface WaitingReason {
  readonly reason: string;
  readonly message?: string;
}

export interface ContainerStatusInput {
  readonly pod: Pod;
  readonly runtime: RuntimePod;
  readonly verdicts: (containerId: string) => ProbeVerdicts;
  /** By container name: what stands in the way of a start that is due. */
  readonly waiting: ReadonlyMap<string, WaitingReason>;
  /** Text of a terminated container's termination message, by container id. */
  readonly terminationMessages: ReadonlyMap<string, string>;
  /** Prefix of container ids: the runtime's name. */
  readonly runtimeName: string;
  readonly initialized: boolean;
  /** Nothing runs any more and nothing will be started: containers that never ran show as ended. */
  readonly ended: boolean;
}

export interface ContainerStatuses {
  readonly main: ContainerStatus[];
  readonly init: ContainerStatus[];
}

/** The status of each container of the pod's spec, in the spec's order. */
export function containerStatuses(input: ContainerStatusInput): ContainerStatuses {
  return {
    main: input.pod.spec.containers.map((container) => containerStatus(input, container, false)),
    init: initContainersOf(input.pod).map((container) => containerStatus(input, container, true)),
  };
}

function containerStatus(input: ContainerStatusInput, container: Container, isInit: boolean): ContainerStatus {
  const [current, previous] = input.runtime.containers.filter((candidate) => candidate.name === container.name);
  if (!current) return neverStarted(input, container, isInit);
  const running = current.state === 'running';
  const verdicts = input.verdicts(current.id);
  const started = running && (container.startupProbe === undefined || verdicts.startup === 'success');
  const status: ContainerStatus = {
    name: container.name,
    state: stateOf(input, current),
    lastState: previous?.state === 'exited' ? { terminated: terminatedState(input, previous) } : {},
    ready: isReady(container, current, started, verdicts, isInit),
    restartCount: current.restartCount,
    image: current.image,
    imageID: current.imageId,
    containerID: containerIdText(input, current),
    started,
  };
  const reason = input.waiting.get(container.name);
  if (current.state !== 'running' && reason && shouldRestart(input.pod, container, exitCodeOf(current))) {
    if (status.state?.terminated) status.lastState = status.state;
    status.state = { waiting: { ...reason } };
  }
  return status;
}

function isReady(
  container: Container,
  current: RuntimeContainer,
  started: boolean,
  verdicts: ProbeVerdicts,
  isInit: boolean,
): boolean {
  if (isInit && !isSidecar(container)) return current.state === 'exited' && current.exitCode === 0;
  return started && (container.readinessProbe === undefined || verdicts.readiness === 'success');
}

function neverStarted(input: ContainerStatusInput, container: Container, isInit: boolean): ContainerStatus {
  const known = knownStatus(input.pod, container.name, isInit);
  const image = container.image ?? '';
  if (input.ended) {
    if (known?.state?.terminated) return known;
    const terminated = {
      exitCode: 137,
      reason: 'ContainerStatusUnknown',
      message: 'The container could not be located when the pod was terminated',
    };
    const state: ContainerState = { terminated };
    return {
      name: container.name,
      state,
      lastState: {},
      ready: false,
      restartCount: 0,
      image,
      imageID: '',
      started: false,
    };
  }
  const fallback = !isInit && input.initialized ? 'ContainerCreating' : 'PodInitializing';
  const defaultReason = initContainersOf(input.pod).length === 0 ? 'ContainerCreating' : fallback;
  const reason = input.waiting.get(container.name) ?? { reason: defaultReason };
  return {
    name: container.name,
    state: { waiting: { ...reason } },
    lastState: {},
    ready: false,
    restartCount: known?.restartCount ?? 0,
    image,
    imageID: '',
    started: false,
  };
}

function knownStatus(pod: Pod, name: string, isInit: boolean): ContainerStatus | undefined {
  const known = isInit ? pod.status.initContainerStatuses : pod.status.containerStatuses;
  return known?.find((status) => status.name === name);
}

function stateOf(input: ContainerStatusInput, container: RuntimeContainer): ContainerState {
  switch (container.state) {
    case 'running':
      return { running: { startedAt: formatTime(container.startedAt) } };
    case 'exited':
      return { terminated: terminatedState(input, container) };
    case 'created':
    case 'unknown':
      return { waiting: { reason: input.initialized ? 'ContainerCreating' : 'PodInitializing' } };
    default:
      return container.state satisfies never;
  }
}

function terminatedState(input: ContainerStatusInput, container: RuntimeContainer): ContainerState['terminated'] {
  const message = input.terminationMessages.get(container.id) || container.message;
  return {
    exitCode: container.exitCode,
    reason: container.reason || (container.exitCode === 0 ? 'Completed' : 'Error'),
    ...(message ? { message } : {}),
    ...(container.startedAt > 0 ? { startedAt: formatTime(container.startedAt) } : {}),
    finishedAt: formatTime(container.finishedAt),
    containerID: containerIdText(input, container),
  };
}

function exitCodeOf(container: RuntimeContainer): number | undefined {
  return container.state === 'exited' ? container.exitCode : undefined;
}

function containerIdText(input: ContainerStatusInput, container: RuntimeContainer): string {
  return `${input.runtimeName}://${container.id}`;
}
