import type { NodeCondition, NodeStatus } from '@orrery/api';
import type * as cri from '@orrery/proto/cri';
import type { MachineFacts } from './machine.ts';

export const kubeletVersion = 'v1.36.0-orrery';

export interface NodeStatusInput {
  readonly nodeName: string;
  readonly nodeIp: string;
  readonly facts: MachineFacts;
  readonly capacity: Readonly<Record<string, string>>;
  readonly allocatable: Readonly<Record<string, string>>;
  readonly runtimeVersion: string;
  /** Undefined: the runtime cannot be reached. */
  readonly runtime: cri.RuntimeStatus | undefined;
  readonly images: readonly cri.Image[];
  /** Of the kubelet's API; undefined where nothing listens. */
  readonly kubeletPort: number | undefined;
  readonly before: readonly NodeCondition[];
  /** Formatted. */
  readonly now: string;
}

const imagesMax = 50;

/** All that the node reports of itself. */
export function nodeStatus(input: NodeStatusInput): NodeStatus {
  const { facts, nodeIp, nodeName, capacity, allocatable, kubeletPort } = input;
  return {
    addresses: [
      { type: 'InternalIP', address: nodeIp },
      { type: 'Hostname', address: nodeName },
    ],
    allocatable: { ...allocatable },
    capacity: { ...capacity },
    conditions: nodeConditions(input),
    ...(kubeletPort === undefined ? {} : { daemonEndpoints: { kubeletEndpoint: { Port: kubeletPort } } }),
    images: nodeImages(input.images),
    nodeInfo: {
      machineID: facts.machineId,
      systemUUID: facts.systemUuid,
      bootID: facts.bootId,
      kernelVersion: facts.kernelVersion,
      osImage: facts.osImage,
      containerRuntimeVersion: input.runtimeVersion,
      kubeletVersion,
      kubeProxyVersion: '',
      operatingSystem: facts.operatingSystem,
      architecture: facts.architecture,
    },
  };
}

/** The machine's resources, those that the configuration names replaced. */
export function nodeCapacity(facts: MachineFacts, own: Readonly<Record<string, string>> = {}): Record<string, string> {
  return {
    cpu: String(facts.cpus),
    'ephemeral-storage': `${Math.floor(facts.ephemeralStorageBytes / 1024)}Ki`,
    'hugepages-1Gi': '0',
    'hugepages-2Mi': '0',
    memory: `${Math.floor(facts.memoryBytes / 1024)}Ki`,
    pods: '110',
    ...own,
  };
}

/** Why the runtime is not ready, as the Ready condition tells; undefined when it is. */
export function runtimeProblem(runtime: cri.RuntimeStatus | undefined): string | undefined {
  if (!runtime) return 'container runtime is down';
  const problems: string[] = [];
  const condition = (type: string) => runtime.conditions.find((candidate) => candidate.type === type);
  const ready = condition('RuntimeReady');
  if (!ready?.status)
    problems.push(
      `container runtime not ready: RuntimeReady=false reason:${ready?.reason ?? ''} message:${ready?.message ?? ''}`,
    );
  const network = condition('NetworkReady');
  if (!network?.status) {
    problems.push(
      `container runtime network not ready: NetworkReady=false reason:${network?.reason ?? ''} message:${network?.message ?? ''}`,
    );
  }
  return problems.length === 0 ? undefined : problems.length === 1 ? problems[0] : `[${problems.join(', ')}]`;
}

function nodeConditions({ runtime, before, now }: NodeStatusInput): NodeCondition[] {
  const problem = runtimeProblem(runtime);
  const conditions: [string, string, string, string][] = [
    ['MemoryPressure', 'False', 'KubeletHasSufficientMemory', 'kubelet has sufficient memory available'],
    ['DiskPressure', 'False', 'KubeletHasNoDiskPressure', 'kubelet has no disk pressure'],
    ['PIDPressure', 'False', 'KubeletHasSufficientPID', 'kubelet has sufficient PID available'],
    problem === undefined
      ? ['Ready', 'True', 'KubeletReady', 'kubelet is posting ready status']
      : ['Ready', 'False', 'KubeletNotReady', problem],
  ];
  return conditions.map(([type, status, reason, message]) => {
    const known = before.find((candidate) => candidate.type === type);
    const lastTransitionTime = known?.status === status && known.lastTransitionTime ? known.lastTransitionTime : now;
    return { type, status, lastHeartbeatTime: now, lastTransitionTime, reason, message };
  });
}

/** The largest first, as upstream lists them. */
function nodeImages(images: readonly cri.Image[]): NonNullable<NodeStatus['images']> {
  return images
    .map(({ repoDigests, repoTags, size }) => ({
      names: [...repoDigests, ...repoTags].slice(0, 5),
      sizeBytes: Number(size),
    }))
    .filter(({ names }) => names.length > 0)
    .sort((a, b) => b.sizeBytes - a.sizeBytes)
    .slice(0, imagesMax);
}
