import type { Node } from '@orrery/api';
import type { Subscription } from '@orrery/bus';
import type { Informer } from '@orrery/client';
import type { Cri } from '@orrery/cri';
import type { Logger } from '@orrery/runtime';

/** Tells the runtime the node's range of pod addresses as soon as the control plane has given it one, and a restarted runtime again. */
export class PodCidrHandover {
  private handedOver: string | undefined;
  private work: Promise<unknown> = Promise.resolve();
  private subscription: Subscription | undefined;

  /** `onHandover` is called when the runtime knows the range, which may have made the node ready. */
  constructor(
    private readonly node: Informer<Node>,
    private readonly cri: Cri,
    private readonly logger: Logger,
    private readonly onHandover: () => void,
  ) {}

  start(): void {
    this.subscription = this.node.onChange(({ current }) => {
      const podCidr = current?.spec.podCIDR;
      if (podCidr !== undefined) this.work = this.work.then(() => this.handOver(podCidr));
    });
  }

  /** The runtime answers and has no network: it may have been started anew, and not know the range. */
  again(): void {
    const podCidr = this.handedOver;
    if (podCidr !== undefined) this.work = this.work.then(() => this.tell(podCidr));
  }

  async stop(): Promise<void> {
    await this.subscription?.stop();
    await this.work;
  }

  private async handOver(podCidr: string): Promise<void> {
    if (podCidr === this.handedOver) return;
    this.handedOver = podCidr;
    if (await this.tell(podCidr)) this.onHandover();
  }

  /** False where the runtime could not be reached; `again` repeats it when it answers. */
  private async tell(podCidr: string): Promise<boolean> {
    try {
      await this.cri.updateRuntimeConfig({ runtimeConfig: { networkConfig: { podCidr } } });
      return true;
    } catch (error) {
      this.logger.warn('runtime not told its pod addresses', { podCidr, error });
      return false;
    }
  }
}
