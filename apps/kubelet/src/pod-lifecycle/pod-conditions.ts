import type { ContainerStatus, Pod, PodCondition } from '@orrery/api';
import type { PodPhase } from './pod-phase.ts';
import { initContainersOf, isSidecar } from './pod-shape.ts';

export interface ConditionsInput {
  readonly pod: Pod;
  readonly phase: PodPhase;
  readonly main: readonly ContainerStatus[];
  readonly init: readonly ContainerStatus[];
  readonly initialized: boolean;
  /** Sandbox and network are up. */
  readonly sandboxReady: boolean;
  /** Formatted time for conditions that change now. */
  readonly now: string;
}

type Outcome = Pick<PodCondition, 'status' | 'reason' | 'message'>;
const yes: Outcome = { status: 'True' };

const ownConditions = ['PodReadyToStartContainers', 'Initialized', 'Ready', 'ContainersReady', 'PodScheduled'];

/** Whether the kubelet writes conditions of that type; all others belong to somebody else. */
export function isOwnCondition(type: string): boolean {
  return ownConditions.includes(type);
}

/** The conditions that the kubelet owns, in upstream's order; transition times are kept where the status stays. */
export function podConditions(input: ConditionsInput): PodCondition[] {
  const containersReady = containersReadyOutcome(input);
  const own: [string, Outcome][] = [
    ['PodReadyToStartContainers', { status: input.sandboxReady ? 'True' : 'False' }],
    ['Initialized', initializedOutcome(input)],
    ['Ready', readyOutcome(input, containersReady)],
    ['ContainersReady', containersReady],
    ['PodScheduled', yes],
  ];
  return own.map(([type, outcome]) => condition(input, type, outcome));
}

function condition(input: ConditionsInput, type: string, outcome: Outcome): PodCondition {
  const previous = input.pod.status.conditions?.find((candidate) => candidate.type === type);
  const unchanged = previous?.status === outcome.status;
  const generation = input.pod.metadata.generation;
  return {
    type,
    ...(generation ? { observedGeneration: generation } : {}),
    status: outcome.status,
    lastTransitionTime: unchanged && previous.lastTransitionTime ? previous.lastTransitionTime : input.now,
    ...(outcome.reason ? { reason: outcome.reason } : {}),
    ...(outcome.message ? { message: outcome.message } : {}),
  };
}

function initializedOutcome({ pod, phase, init, initialized }: ConditionsInput): Outcome {
  if (phase === 'Succeeded') return { status: 'True', reason: 'PodCompleted' };
  if (initialized) return yes;
  const incomplete = initContainersOf(pod)
    .filter((container, index) => (isSidecar(container) ? !init[index]?.started : !init[index]?.ready))
    .map((container) => container.name);
  const message = `containers with incomplete status: [${incomplete.join(' ')}]`;
  return { status: 'False', reason: 'ContainersNotInitialized', message };
}

function containersReadyOutcome({ pod, phase, main, init }: ConditionsInput): Outcome {
  if (phase === 'Succeeded') return { status: 'False', reason: 'PodCompleted' };
  if (phase === 'Failed') return { status: 'False', reason: 'PodFailed' };
  const sidecars = init.filter((_, index) => {
    const container = initContainersOf(pod)[index];
    return container !== undefined && isSidecar(container);
  });
  const unready = [...sidecars, ...main].filter((status) => !status.ready).map((status) => status.name);
  if (unready.length === 0) return yes;
  const message = `containers with unready status: [${unready.join(' ')}]`;
  return { status: 'False', reason: 'ContainersNotReady', message };
}

function readyOutcome({ pod }: ConditionsInput, containersReady: Outcome): Outcome {
  if (containersReady.status !== 'True') return containersReady;
  const problems: string[] = [];
  for (const { conditionType } of pod.spec.readinessGates ?? []) {
    const gate = pod.status.conditions?.find((candidate) => candidate.type === conditionType);
    if (!gate) problems.push(`corresponding condition of pod readiness gate "${conditionType}" does not exist.`);
    else if (gate.status !== 'True') {
      problems.push(`the status of pod readiness gate "${conditionType}" is not "True", but ${gate.status}`);
    }
  }
  if (problems.length === 0) return yes;
  return { status: 'False', reason: 'ReadinessGatesNotReady', message: problems.join(', ') };
}
