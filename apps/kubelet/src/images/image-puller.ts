import type { Container, Pod } from '@orrery/api';
import { type Cri, CriError, describeCriError } from '@orrery/cri';
import type * as cri from '@orrery/proto/cri';
import type { Clock, Milliseconds } from '@orrery/runtime';
import { imageSpec } from '../cri/cri-values.ts';
import type { PodEvents } from '../events/pod-events.ts';
import { afterRetry, type BackOffEntry, imagePullLimits, retryAt } from '../pod-lifecycle/restart-back-off.ts';
import { withDefaultTag } from './image-name.ts';

/** Where the image of a container that is about to start stands. */
export type ImageState =
  | { readonly kind: 'ready'; readonly imageRef: string; readonly uid: bigint | undefined; readonly username: string }
  | { readonly kind: 'pulling' }
  | {
      readonly kind: 'failed';
      readonly reason: string;
      readonly message: string;
      readonly retryAt: Milliseconds | undefined;
    };

interface Pull {
  /** Undefined while it runs. */
  outcome: { readonly imageRef: string } | { readonly error: string; readonly failedAt: Milliseconds } | undefined;
  backOff: BackOffEntry | undefined;
  /** The failure has been seen as `ErrImagePull`; from now on it is `ImagePullBackOff`. */
  isTold: boolean;
}

/** How long a fresh failure is `ErrImagePull`. */
const settleDelay: Milliseconds = 1_000;

/** Brings images to the node for all its pods; at most `parallelMax` pulls run at once, the rest wait in order. */
export class ImagePuller {
  /** By pod uid, then by image. */
  private readonly pulls = new Map<string, Map<string, Pull>>();
  private readonly queue: (() => Promise<void>)[] = [];
  private active = 0;

  constructor(
    private readonly cri: Cri,
    private readonly clock: Clock,
    private readonly events: PodEvents,
    private readonly parallelMax = 5,
  ) {}

  /** Takes the next step for the container's image. Never waits for a pull: `wake` is called when one ends. */
  async prepare(pod: Pod, container: Container, sandbox: cri.PodSandboxConfig, wake: () => void): Promise<ImageState> {
    const image = withDefaultTag(container.image ?? '');
    const policy = container.imagePullPolicy ?? (image.endsWith(':latest') ? 'Always' : 'IfNotPresent');
    const ofPod = this.pulls.get(pod.metadata.uid) ?? new Map<string, Pull>();
    this.pulls.set(pod.metadata.uid, ofPod);
    const pull = ofPod.get(image);
    if (pull && pull.outcome === undefined) return { kind: 'pulling' };
    const present = (await this.cri.imageStatus({ image: imageSpec(image), verbose: false })).image;
    if (pull?.outcome && 'imageRef' in pull.outcome && present) {
      ofPod.delete(image);
      return ready(present, pull.outcome.imageRef);
    }
    if (present && policy !== 'Always') {
      const message = `Container image "${container.image}" already present on machine and can be accessed by the pod`;
      this.events.containerEvent(pod, container.name, 'Normal', 'Pulled', message);
      return ready(present, present.id);
    }
    if (policy === 'Never') {
      const message = `Container image "${container.image}" is not present with pull policy of Never`;
      this.events.containerEvent(pod, container.name, 'Warning', 'ErrImageNeverPull', message);
      return { kind: 'failed', reason: 'ErrImageNeverPull', message, retryAt: undefined };
    }
    if (pull?.outcome && 'error' in pull.outcome) {
      const failed = this.stillBackingOff(pod, container, pull, pull.outcome);
      if (failed) return failed;
    }
    this.startPull(pod, container, image, sandbox, ofPod, wake);
    return { kind: 'pulling' };
  }

  forget(podUid: string): void {
    this.pulls.delete(podUid);
  }

  private stillBackingOff(
    pod: Pod,
    container: Container,
    pull: Pull,
    { error, failedAt }: { error: string; failedAt: Milliseconds },
  ): ImageState | undefined {
    const at = retryAt(pull.backOff, failedAt, this.clock.now(), imagePullLimits);
    if (at === undefined) return undefined;
    if (!pull.isTold) {
      pull.isTold = true;
      return {
        kind: 'failed',
        reason: 'ErrImagePull',
        message: error,
        retryAt: Math.min(at, this.clock.now() + settleDelay),
      };
    }
    this.events.containerEvent(pod, container.name, 'Normal', 'BackOff', `Back-off pulling image "${container.image}"`);
    this.events.containerEvent(pod, container.name, 'Warning', 'Failed', 'Error: ImagePullBackOff');
    const message = `Back-off pulling image "${container.image}": ErrImagePull: ${error}`;
    return { kind: 'failed', reason: 'ImagePullBackOff', message, retryAt: at };
  }

  private startPull(
    pod: Pod,
    container: Container,
    image: string,
    sandbox: cri.PodSandboxConfig,
    ofPod: Map<string, Pull>,
    wake: () => void,
  ): void {
    const pull: Pull = { outcome: undefined, backOff: ofPod.get(image)?.backOff, isTold: false };
    ofPod.set(image, pull);
    const askedAt = this.clock.monotonic();
    this.events.containerEvent(pod, container.name, 'Normal', 'Pulling', `Pulling image "${container.image}"`);
    this.queue.push(async () => {
      const startedAt = this.clock.monotonic();
      try {
        const { imageRef } = await this.cri.pullImage({
          image: imageSpec(image),
          auth: undefined,
          sandboxConfig: sandbox,
        });
        const { image: found } = await this.cri.imageStatus({ image: imageSpec(imageRef), verbose: false });
        const now = this.clock.monotonic();
        const took = `${pullDuration(now - startedAt)} (${pullDuration(now - askedAt)} including waiting)`;
        const message = `Successfully pulled image "${container.image}" in ${took}. Image size: ${found?.size ?? 0} bytes.`;
        this.events.containerEvent(pod, container.name, 'Normal', 'Pulled', message);
        pull.outcome = { imageRef };
      } catch (error) {
        const text = failureText(error);
        this.events.containerEvent(
          pod,
          container.name,
          'Warning',
          'Failed',
          `Failed to pull image "${container.image}": ${text}`,
        );
        this.events.containerEvent(pod, container.name, 'Warning', 'Failed', 'Error: ErrImagePull');
        const failedAt = this.clock.now();
        pull.backOff = afterRetry(pull.backOff, failedAt, failedAt, imagePullLimits);
        pull.outcome = { error: text, failedAt };
      }
      wake();
    });
    this.drain();
  }

  private drain(): void {
    while (this.active < this.parallelMax) {
      const next = this.queue.shift();
      if (!next) return;
      this.active++;
      void next().finally(() => {
        this.active--;
        this.drain();
      });
    }
  }
}

function ready(image: cri.Image, imageRef: string): ImageState {
  return { kind: 'ready', imageRef, uid: image.uid?.value, username: image.username };
}

function failureText(error: unknown): string {
  if (error instanceof CriError) return describeCriError(error);
  return error instanceof Error ? error.message : String(error);
}

/** Go's `Duration` cut to milliseconds. */
function pullDuration(duration: Milliseconds): string {
  const whole = Math.floor(duration);
  return whole < 1000 ? `${whole}ms` : `${whole / 1000}s`;
}
