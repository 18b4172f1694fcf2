import { isAlreadyExists, isNotFound, Node, type NodeStatus } from '@orrery/api';
import type { ApiClient, EventRecorder } from '@orrery/client';
import type { Cri } from '@orrery/cri';
import type * as cri from '@orrery/proto/cri';
import { formatTime, type Host, type Milliseconds, type Timer } from '@orrery/runtime';
import { canonicalJson } from '../pod-workers/canonical-json.ts';
import type { MachineFacts } from './machine.ts';
import { nodeStatus, runtimeProblem } from './node-status.ts';

export interface NodeRegistrationOptions {
  readonly nodeName: string;
  readonly nodeIp: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly facts: MachineFacts;
  readonly capacity: Readonly<Record<string, string>>;
  readonly allocatable: Readonly<Record<string, string>>;
  readonly runtimeVersion: string;
  readonly kubeletPort: number | undefined;
  readonly statusIntervalMs: Milliseconds;
  /** Called each time that the runtime answers without being ready. */
  readonly onRuntimeNotReady: () => void;
}

/** An unchanged status is written this often all the same. */
const reportInterval: Milliseconds = 300_000;
/** How often a runtime that is not ready is asked again: a cold start must not wait for the next status. */
const notReadyInterval: Milliseconds = 100;

/** Keeps the Node object: makes it, keeps its status, makes it again when somebody has deleted it. */
export class NodeRegistration {
  private current: Node | undefined;
  private reportedAt: Milliseconds = 0;
  private reportedText = '';
  private timer: Timer | undefined;
  private running: Promise<void> | undefined;
  private stopped = false;

  constructor(
    private readonly host: Host,
    private readonly api: ApiClient,
    private readonly cri: Cri,
    private readonly events: EventRecorder,
    private readonly options: NodeRegistrationOptions,
  ) {}

  /** Resolves when the node is in the API, with its status. */
  async start(): Promise<void> {
    await this.sync();
  }

  async stop(): Promise<void> {
    this.stopped = true;
    this.timer?.cancel();
    await this.running;
  }

  /** Something about the runtime has changed: looks at it now instead of at the next status. */
  refresh(): void {
    if (this.stopped || !this.timer) return;
    this.timer.cancel();
    this.timer = undefined;
    this.running = this.sync();
  }

  /** The Node object as last seen. */
  get node(): Node | undefined {
    return this.current;
  }

  private async sync(): Promise<void> {
    let delay = this.options.statusIntervalMs;
    try {
      const runtime = await this.runtimeStatus();
      if (runtimeProblem(runtime) !== undefined) {
        delay = Math.min(delay, notReadyInterval);
        if (runtime) this.options.onRuntimeNotReady();
      }
      await this.report(runtime);
    } catch (error) {
      this.host.logger.warn('node status not reported', { node: this.options.nodeName, error });
      delay = Math.min(delay, 1_000);
    }
    if (this.stopped) return;
    this.timer = this.host.timers.after(delay, () => {
      this.timer = undefined;
      this.running = this.sync();
    });
  }

  private async report(runtime: cri.RuntimeStatus | undefined): Promise<void> {
    const { api, options } = this;
    const images = await this.cri.listImages({ filter: undefined }).catch(() => ({ images: [] }));
    const now = formatTime(this.host.clock.now());
    const before = this.current?.status.conditions ?? [];
    const status = nodeStatus({ ...options, runtime, images: images.images, before, now });
    const text = canonicalJson(withoutHeartbeats(status));
    if (!this.current) {
      await this.register(status);
      this.reported(text);
      return;
    }
    const isDue = this.host.clock.now() - this.reportedAt >= reportInterval;
    if (text === this.reportedText && !isDue) {
      await this.recreateIfDeleted();
      return;
    }
    const wasReady = isReady(this.current.status);
    try {
      const patch = { type: 'strategic', body: { status } } as const;
      this.current = await api.patch(Node, this.key, patch, { subresource: 'status' });
    } catch (error) {
      if (!isNotFound(error)) throw error;
      this.current = undefined;
      await this.report(runtime);
      return;
    }
    this.reported(text);
    if (isReady(status) !== wasReady) this.tellReadiness(status);
  }

  private get key() {
    return { namespace: '', name: this.options.nodeName };
  }

  private async register(status: NodeStatus): Promise<void> {
    const { api, options } = this;
    const labels = {
      'beta.kubernetes.io/arch': options.facts.architecture,
      'beta.kubernetes.io/os': options.facts.operatingSystem,
      'kubernetes.io/arch': options.facts.architecture,
      'kubernetes.io/hostname': options.nodeName,
      'kubernetes.io/os': options.facts.operatingSystem,
      ...options.labels,
    };
    const draft = { apiVersion: 'v1', kind: 'Node', metadata: { name: options.nodeName, labels }, spec: {}, status };
    try {
      this.current = await api.create(Node, draft);
      this.events.event(this.current, 'Normal', 'Starting', 'Starting kubelet.');
      if (this.current.status.conditions?.length) return;
    } catch (error) {
      if (!isAlreadyExists(error)) throw error;
      await api.patch(Node, this.key, { type: 'strategic', body: { metadata: { labels } } });
    }
    const known = await api.get(Node, this.key);
    const conditions = (status.conditions ?? []).map((condition) => {
      const before = known?.status.conditions?.find(({ type }) => type === condition.type);
      const same = before?.status === condition.status && before.lastTransitionTime !== undefined;
      return same ? { ...condition, lastTransitionTime: before.lastTransitionTime } : condition;
    });
    const body = { status: { ...status, conditions } };
    this.current = await api.patch(Node, this.key, { type: 'strategic', body }, { subresource: 'status' });
    this.tellReadiness(status);
  }

  private async recreateIfDeleted(): Promise<void> {
    const known = await this.api.get(Node, this.key);
    if (known) {
      this.current = known;
      return;
    }
    this.current = undefined;
    await this.report(await this.runtimeStatus());
  }

  private async runtimeStatus(): Promise<cri.RuntimeStatus | undefined> {
    try {
      return (await this.cri.status({ verbose: false })).status;
    } catch (error) {
      this.host.logger.debug('runtime status unknown', { error });
      return undefined;
    }
  }

  private reported(text: string): void {
    this.reportedText = text;
    this.reportedAt = this.host.clock.now();
  }

  private tellReadiness(status: NodeStatus): void {
    if (!this.current) return;
    const word = isReady(status) ? 'NodeReady' : 'NodeNotReady';
    this.events.event(this.current, 'Normal', word, `Node ${this.options.nodeName} status is now: ${word}`);
  }
}

function isReady(status: NodeStatus): boolean {
  return status.conditions?.some(({ type, status: value }) => type === 'Ready' && value === 'True') ?? false;
}

function withoutHeartbeats(status: NodeStatus): NodeStatus {
  const conditions = status.conditions?.map(
    ({ lastHeartbeatTime: _, lastTransitionTime: __, ...condition }) => condition,
  );
  return { ...status, conditions };
}
