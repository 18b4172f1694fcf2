import { isAlreadyExists, isConflict, isNotFound, Lease, type Node } from '@orrery/api';
import type { ApiClient } from '@orrery/client';
import { formatMicroTime, type Host, type Milliseconds, type Timer } from '@orrery/runtime';

const namespace = 'kube-node-lease';
const leaseDurationSeconds = 40;
const retryInterval: Milliseconds = 1_000;

/** The node's heartbeat: a Lease that is renewed as long as the kubelet lives. */
export class NodeLease {
  private lease: Lease | undefined;
  private timer: Timer | undefined;
  private running: Promise<void> | undefined;
  private stopped = false;

  /** `node`: the node's object, to own the lease. */
  constructor(
    private readonly host: Host,
    private readonly api: ApiClient,
    private readonly nodeName: string,
    private readonly intervalMs: Milliseconds,
    private readonly node: () => Node | undefined,
  ) {}

  /** Returns at once. */
  start(): void {
    this.running = this.beat();
  }

  async stop(): Promise<void> {
    this.stopped = true;
    this.timer?.cancel();
    await this.running;
  }

  private async beat(): Promise<void> {
    let delay = this.intervalMs;
    try {
      await this.renew();
    } catch (error) {
      this.lease = undefined;
      delay = Math.min(delay, retryInterval);
      if (!isNotFound(error)) this.host.logger.warn('node lease not renewed', { node: this.nodeName, error });
    }
    if (this.stopped) return;
    this.timer = this.host.timers.after(delay, () => {
      this.running = this.beat();
    });
  }

  private async renew(): Promise<void> {
    const renewTime = formatMicroTime(this.host.clock.now());
    this.lease ??= await this.api.get(Lease, { namespace, name: this.nodeName });
    if (!this.lease) {
      this.lease = await this.create(renewTime);
      return;
    }
    const spec = { ...this.lease.spec, holderIdentity: this.nodeName, leaseDurationSeconds, renewTime };
    try {
      this.lease = await this.api.update(Lease, { ...this.lease, spec });
    } catch (error) {
      if (!isConflict(error)) throw error;
      const key = { namespace, name: this.nodeName };
      this.lease = await this.api.patch(Lease, key, { type: 'merge', body: { spec } });
    }
  }

  private async create(renewTime: string): Promise<Lease | undefined> {
    const node = this.node();
    const owner = node && { apiVersion: 'v1', kind: 'Node', name: node.metadata.name, uid: node.metadata.uid };
    try {
      return await this.api.create(Lease, {
        metadata: { name: this.nodeName, namespace, ...(owner ? { ownerReferences: [owner] } : {}) },
        spec: { holderIdentity: this.nodeName, leaseDurationSeconds, renewTime },
      });
    } catch (error) {
      if (!isAlreadyExists(error)) throw error;
      return undefined;
    }
  }
}
