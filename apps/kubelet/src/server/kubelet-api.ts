import type { Pod } from '@orrery/api';
import type * as cri from '@orrery/proto/cri';
import { type LogOptions, type LogWatch, readLog } from '../logs/log-reader.ts';
import { currentSandbox, type RuntimeContainer } from '../pod-lifecycle/runtime-pod.ts';
import type { NodeContext } from '../pod-workers/node-context.ts';
import type { PodWorkers } from '../pod-workers/pod-workers.ts';
import { containerLogPath, podLogFolder } from '../volumes/pod-folders.ts';

/** What was asked for is not there, or not in the right state. `statusCode` is HTTP's. */
export class KubeletApiError extends Error {
  override readonly name = 'KubeletApiError';
  constructor(
    readonly statusCode: 400 | 404 | 500,
    message: string,
  ) {
    super(message);
  }
}

export interface ContainerPath {
  readonly namespace: string;
  readonly pod: string;
  readonly container: string;
}

export type StreamRequest =
  | {
      readonly kind: 'exec';
      readonly path: ContainerPath;
      readonly command: readonly string[];
      readonly tty: boolean;
      readonly stdin: boolean;
      readonly stdout: boolean;
      readonly stderr: boolean;
    }
  | {
      readonly kind: 'attach';
      readonly path: ContainerPath;
      readonly tty: boolean;
      readonly stdin: boolean;
      readonly stdout: boolean;
      readonly stderr: boolean;
    }
  | {
      readonly kind: 'portForward';
      readonly namespace: string;
      readonly pod: string;
      readonly ports: readonly number[];
    };

/** What a kubelet tells of its pods, whatever the transport. */
export class KubeletApi {
  constructor(
    private readonly context: NodeContext,
    private readonly workers: PodWorkers,
  ) {}

  pods(): { kind: 'PodList'; apiVersion: 'v1'; metadata: object; items: Pod[] } {
    const { statuses } = this.context;
    const items = this.workers
      .list()
      .map((pod) => ({ ...pod, status: statuses.current(pod.metadata.uid) ?? pod.status }));
    return { kind: 'PodList', apiVersion: 'v1', metadata: {}, items };
  }

  /**
   * A container's log, relative to the node's log folder. Throws `KubeletApiError` before the first byte.
   * `previous`: of the run before.
   */
  async logs(
    path: ContainerPath,
    options: LogOptions & { readonly previous: boolean },
    changed: LogWatch['changed'],
    signal: AbortSignal,
  ): Promise<AsyncIterable<Uint8Array>> {
    const pod = this.podOf(path);
    const { uid } = pod.metadata;
    this.checkContainer(pod, path.container);
    const runs = await this.runsOf(uid, path.container);
    const run = options.previous ? runs[1] : (runs.find(({ state }) => state !== 'created') ?? runs[0]);
    if (!run) {
      const message = options.previous
        ? `previous terminated container "${path.container}" in pod "${path.pod}" not found`
        : `container "${path.container}" in pod "${path.pod}" is waiting to start: ${this.waitingReason(pod, path.container)}`;
      throw new KubeletApiError(400, message);
    }
    const file = `${podLogFolder(path.namespace, path.pod, uid)}/${containerLogPath(path.container, run.restartCount)}`;
    const isLive = async () =>
      (await this.runsOf(uid, path.container)).some(({ id, state }) => id === run.id && state === 'running');
    return readLog(this.context.podLogs, file, options, { changed, isLive }, signal);
  }

  /** Where the runtime takes the upgraded connection of an exec, attach or port-forward. */
  async streamUrl(request: StreamRequest): Promise<string> {
    if (request.kind === 'portForward') {
      const pod = this.podOf(request);
      const runtime = await this.context.runtime.read(pod.metadata.uid);
      const sandbox = currentSandbox(runtime);
      if (!sandbox) throw new KubeletApiError(500, `sandbox for pod ${request.pod} not found`);
      const answer = await this.context.cri.portForward({ podSandboxId: sandbox.id, port: [...request.ports] });
      return answer.url;
    }
    const { tty, stdin, stdout, stderr } = request;
    const containerId = await this.runningContainer(request.path);
    const streams = { containerId, tty, stdin, stdout, stderr: stderr && !tty };
    const answer: cri.ExecResponse | cri.AttachResponse =
      request.kind === 'exec'
        ? await this.context.cri.exec({ ...streams, cmd: [...request.command] })
        : await this.context.cri.attach(streams);
    return answer.url;
  }

  /** The node's metrics in the Prometheus text format. */
  async metrics(): Promise<string> {
    const pods = this.workers.list();
    const running = (await this.context.cri.listContainers({ filter: undefined })).containers.filter(
      ({ state }) => Number(state) === 1,
    );
    return [
      '# HELP kubelet_running_pods Number of pods that have a running pod sandbox',
      '# TYPE kubelet_running_pods gauge',
      `kubelet_running_pods ${pods.length}`,
      '# HELP kubelet_running_containers Number of containers currently running',
      '# TYPE kubelet_running_containers gauge',
      `kubelet_running_containers{container_state="running"} ${running.length}`,
      '',
    ].join('\n');
  }

  private podOf({ namespace, pod }: { namespace: string; pod: string }): Pod {
    const found = this.workers.find(namespace, pod);
    if (!found) throw new KubeletApiError(404, `pod "${pod}" does not exist`);
    return found;
  }

  private checkContainer({ spec, metadata }: Pod, name: string): void {
    const all = [...spec.containers, ...(spec.initContainers ?? []), ...(spec.ephemeralContainers ?? [])];
    if (!all.some((container) => container.name === name)) {
      throw new KubeletApiError(404, `container "${name}" not found in pod "${metadata.name}"`);
    }
  }

  private async runsOf(uid: string, name: string): Promise<RuntimeContainer[]> {
    const { containers } = await this.context.runtime.read(uid);
    return containers.filter((container) => container.name === name);
  }

  private async runningContainer(path: ContainerPath): Promise<string> {
    const pod = this.podOf(path);
    const runs = await this.runsOf(pod.metadata.uid, path.container);
    const running = runs.find(({ state }) => state === 'running');
    if (!running) throw new KubeletApiError(404, `container not found ("${path.container}")`);
    return running.id;
  }

  private waitingReason(pod: Pod, name: string): string {
    const known = this.context.statuses.current(pod.metadata.uid);
    const all = [...(known?.containerStatuses ?? []), ...(known?.initContainerStatuses ?? [])];
    const reason = all.find((status) => status.name === name)?.state?.waiting?.reason ?? 'ContainerCreating';
    return reason === 'ErrImagePull' || reason === 'ImagePullBackOff' ? 'trying and failing to pull image' : reason;
  }
}
