import { isConflict, isNotFound, Pod } from '@orrery/api';
import { isCriNotFound } from '@orrery/cri';
import { initContainersOf, isSidecar } from '../pod-lifecycle/pod-shape.ts';
import { type RuntimeContainer, type RuntimePod, runningContainers } from '../pod-lifecycle/runtime-pod.ts';
import { containerLogPath, podLogFolder } from '../volumes/pod-folders.ts';
import type { ContainerKiller } from './container-killer.ts';
import type { NodeContext } from './node-context.ts';

/** Ended runs of a container that are kept for `kubectl logs --previous`. */
const endedRunsKept = 1;

/** Takes a pod off the node, step by step; every step may be repeated. */
export class PodTerminator {
  constructor(
    private readonly context: NodeContext,
    private readonly killer: ContainerKiller,
  ) {}

  /** True when nothing of the pod runs any more; otherwise the next containers are being stopped and the worker is woken after that. */
  async killPod(pod: Pod, runtime: RuntimePod, gracePeriodSeconds: number, podIp: string): Promise<boolean> {
    const next = nextToStop(pod, runningContainers(runtime));
    for (const container of next) {
      const spec = [...pod.spec.containers, ...initContainersOf(pod)].find(({ name }) => name === container.name);
      const message = `Stopping container ${container.name}`;
      this.killer.kill({ pod, spec, container, podIp, gracePeriodSeconds, message });
    }
    if (next.length > 0 || this.killer.isBusy) return false;
    for (const sandbox of runtime.sandboxes) {
      if (sandbox.ready) await ignoreMissing(this.context.cri.stopPodSandbox({ podSandboxId: sandbox.id }));
    }
    return true;
  }

  /** Containers, sandboxes and logs; the pod has been stopped. */
  async removeFromNode(pod: Pod, runtime: RuntimePod): Promise<void> {
    const { cri, podLogs } = this.context;
    for (const { id } of runtime.containers) await ignoreMissing(cri.removeContainer({ containerId: id }));
    for (const { id } of runtime.sandboxes) await ignoreMissing(cri.removePodSandbox({ podSandboxId: id }));
    const { name, namespace = '', uid } = pod.metadata;
    await podLogs.remove(podLogFolder(namespace, name, uid));
  }

  /** The object has served its purpose: removes it for good, unless it is another one by now. */
  async deleteFromApi(pod: Pod): Promise<void> {
    const { name, namespace = '', uid } = pod.metadata;
    try {
      await this.context.api.delete(Pod, { namespace, name }, { gracePeriodSeconds: 0, preconditions: { uid } });
    } catch (error) {
      if (!isNotFound(error) && !isConflict(error)) throw error;
    }
  }

  /** Removes what restarts have left behind. */
  async collectGarbage(pod: Pod, runtime: RuntimePod): Promise<void> {
    const { cri, podLogs } = this.context;
    const { name: podName, namespace = '', uid } = pod.metadata;
    const names = new Set(runtime.containers.map(({ name }) => name));
    for (const name of names) {
      const runs = runtime.containers.filter((container) => container.name === name);
      for (const old of runs.slice(1 + endedRunsKept)) {
        if (old.state === 'running') continue;
        await ignoreMissing(cri.removeContainer({ containerId: old.id }));
        await podLogs.remove(`${podLogFolder(namespace, podName, uid)}/${containerLogPath(name, old.restartCount)}`);
      }
    }
    for (const sandbox of runtime.sandboxes.slice(1)) {
      const inUse = runtime.containers.some((container) => container.sandboxId === sandbox.id);
      if (!sandbox.ready && !inUse) await ignoreMissing(cri.removePodSandbox({ podSandboxId: sandbox.id }));
    }
  }
}

/** All but sidecars at once; sidecars after them, one by one, the last first. */
export function nextToStop(pod: Pod, running: readonly RuntimeContainer[]): RuntimeContainer[] {
  const sidecars = initContainersOf(pod)
    .filter(isSidecar)
    .map(({ name }) => name);
  const others = running.filter(({ name }) => !sidecars.includes(name));
  if (others.length > 0) return others;
  for (const name of sidecars.reverse()) {
    const found = running.filter((container) => container.name === name);
    if (found.length > 0) return found;
  }
  return [];
}

async function ignoreMissing(work: Promise<unknown>): Promise<void> {
  try {
    await work;
  } catch (error) {
    if (!isCriNotFound(error)) throw error;
  }
}
