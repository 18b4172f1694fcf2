import { type Cri, containerStates, isCriNotFound, sandboxStates } from '@orrery/cri';
import type * as cri from '@orrery/proto/cri';
import type { RuntimeContainer, RuntimePod, RuntimeSandbox } from '../pod-lifecycle/runtime-pod.ts';
import { millisecondsOf } from './cri-values.ts';
import { containerNameLabel, hashAnnotation, podUidLabel, restartCountAnnotation } from './pod-labels.ts';

/** Reads pods back from the runtime: the only truth about what runs, also after a restart of the kubelet. */
export class PodRuntime {
  /** Containers that have ended: their status does not change any more. By pod uid, then container id. */
  private readonly ended = new Map<string, Map<string, RuntimeContainer>>();

  constructor(readonly cri: Cri) {}

  async read(podUid: string): Promise<RuntimePod> {
    const labelSelector = { [podUidLabel]: podUid };
    const [sandboxes, containers] = await Promise.all([
      this.cri.listPodSandbox({ filter: { id: '', state: undefined, labelSelector } }),
      this.cri.listContainers({ filter: { id: '', state: undefined, podSandboxId: '', labelSelector } }),
    ]);
    const known = await Promise.all([
      Promise.all(sandboxes.items.map((sandbox) => this.readSandbox(sandbox))),
      Promise.all(containers.containers.map((container) => this.readContainer(podUid, container))),
    ]);
    return {
      sandboxes: known[0]
        .filter((sandbox) => sandbox !== undefined)
        .sort((a, b) => b.attempt - a.attempt || b.createdAt - a.createdAt),
      containers: known[1].filter((container) => container !== undefined).sort(newestFirst),
    };
  }

  /** The pods that the runtime has anything of, by uid. */
  async podsByUid(): Promise<Map<string, { labels: Record<string, string>; containerNames: string[] }>> {
    const pods = new Map<string, { labels: Record<string, string>; containerNames: string[] }>();
    const [sandboxes, containers] = await Promise.all([
      this.cri.listPodSandbox({ filter: undefined }),
      this.cri.listContainers({ filter: undefined }),
    ]);
    for (const { labels } of [...sandboxes.items, ...containers.containers]) {
      const uid = labels[podUidLabel];
      if (!uid) continue;
      const pod = pods.get(uid) ?? { labels, containerNames: [] };
      const name = labels[containerNameLabel];
      if (name && !pod.containerNames.includes(name)) pod.containerNames.push(name);
      pods.set(uid, pod);
    }
    return pods;
  }

  forget(podUid: string): void {
    this.ended.delete(podUid);
  }

  private async readSandbox(sandbox: cri.PodSandbox): Promise<RuntimeSandbox | undefined> {
    const ready = sandbox.state === sandboxStates.ready;
    const ips = ready ? await this.ipsOf(sandbox.id) : [];
    if (ips === undefined) return undefined;
    return {
      id: sandbox.id,
      ready,
      attempt: sandbox.metadata?.attempt ?? 0,
      createdAt: millisecondsOf(sandbox.createdAt),
      ips,
    };
  }

  private async ipsOf(sandboxId: string): Promise<string[] | undefined> {
    try {
      const { status } = await this.cri.podSandboxStatus({ podSandboxId: sandboxId, verbose: false });
      const network = status?.network;
      if (!network?.ip) return [];
      return [network.ip, ...network.additionalIps.map(({ ip }) => ip)];
    } catch (error) {
      if (isCriNotFound(error)) return undefined;
      throw error;
    }
  }

  private async readContainer(podUid: string, listed: cri.Container): Promise<RuntimeContainer | undefined> {
    const ended = this.ended.get(podUid) ?? new Map<string, RuntimeContainer>();
    const known = ended.get(listed.id);
    if (known) return known;
    try {
      const { status } = await this.cri.containerStatus({ containerId: listed.id, verbose: false });
      if (!status) return undefined;
      const container = runtimeContainer(listed, status);
      if (container.state === 'exited') {
        ended.set(container.id, container);
        this.ended.set(podUid, ended);
      }
      return container;
    } catch (error) {
      if (isCriNotFound(error)) return undefined;
      throw error;
    }
  }
}

function runtimeContainer(listed: cri.Container, status: cri.ContainerStatus): RuntimeContainer {
  return {
    id: status.id,
    sandboxId: listed.podSandboxId,
    name: status.labels[containerNameLabel] ?? status.metadata?.name ?? '',
    state: stateOf(status.state),
    createdAt: millisecondsOf(status.createdAt),
    startedAt: millisecondsOf(status.startedAt),
    finishedAt: millisecondsOf(status.finishedAt),
    exitCode: status.exitCode,
    reason: status.reason,
    message: status.message,
    image: status.image?.userSpecifiedImage || status.image?.image || '',
    imageId: status.imageRef || status.imageId,
    restartCount: Number(status.annotations[restartCountAnnotation] ?? status.metadata?.attempt ?? 0),
    hash: status.annotations[hashAnnotation] ?? '',
  };
}

function stateOf(state: cri.ContainerState): RuntimeContainer['state'] {
  switch (state as number) {
    case containerStates.created:
      return 'created';
    case containerStates.running:
      return 'running';
    case containerStates.exited:
      return 'exited';
    default:
      return 'unknown';
  }
}

function newestFirst(a: RuntimeContainer, b: RuntimeContainer): number {
  return b.restartCount - a.restartCount || b.createdAt - a.createdAt;
}
