import type { Milliseconds } from '@orrery/runtime';

/** What the runtime has of one pod. Newest first in both lists. */
export interface RuntimePod {
  readonly sandboxes: readonly RuntimeSandbox[];
  readonly containers: readonly RuntimeContainer[];
}

export interface RuntimeSandbox {
  readonly id: string;
  readonly ready: boolean;
  readonly attempt: number;
  readonly createdAt: Milliseconds;
  /** Empty before the network is up, and for pods on the host's network. */
  readonly ips: readonly string[];
}

export interface RuntimeContainer {
  readonly id: string;
  readonly sandboxId: string;
  readonly name: string;
  readonly state: 'created' | 'running' | 'exited' | 'unknown';
  /** 0: has not happened. */
  readonly createdAt: Milliseconds;
  readonly startedAt: Milliseconds;
  readonly finishedAt: Milliseconds;
  readonly exitCode: number;
  /** The runtime's word for how it ended: `Completed`, `Error`, `OOMKilled`; may be empty. */
  readonly reason: string;
  readonly message: string;
  /** As the pod names it, and as the runtime resolved it. */
  readonly image: string;
  readonly imageId: string;
  readonly restartCount: number;
  /** See `containerHash`; empty when another program made the container. */
  readonly hash: string;
}

export const emptyRuntimePod: RuntimePod = { sandboxes: [], containers: [] };

/** The sandbox that containers are started in; undefined where there is none or it has stopped. */
export function currentSandbox(runtime: RuntimePod): RuntimeSandbox | undefined {
  const newest = runtime.sandboxes[0];
  return newest?.ready ? newest : undefined;
}

/** The newest container of that name. */
export function newestContainer(runtime: RuntimePod, name: string): RuntimeContainer | undefined {
  return runtime.containers.find((container) => container.name === name);
}

export function runningContainers(runtime: RuntimePod): RuntimeContainer[] {
  return runtime.containers.filter((container) => container.state === 'running');
}
