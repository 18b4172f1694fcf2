import { type Cri, CriError } from '@orrery/cri';
import type * as cri from '@orrery/proto/cri';
import type { Logger, Milliseconds, Timer, Timers } from '@orrery/runtime';
import { podUidLabel } from '../cri/pod-labels.ts';

const relistInterval: Milliseconds = 1_000;
const reconnectDelay: Milliseconds = 500;

/**
 * Tells which pods changed in the runtime: from its stream of events, or, where the runtime has none, from a list every second.
 * `changed(undefined)`: everything may have changed.
 */
export class RuntimeEvents {
  private readonly abort = new AbortController();
  private relistTimer: Timer | undefined;
  /** State of each sandbox and container at the last list, by id. */
  private listed = new Map<string, { uid: string; state: number }>();
  private running: Promise<void> | undefined;

  constructor(
    private readonly cri: Cri,
    private readonly timers: Timers,
    private readonly logger: Logger,
    private readonly changed: (podUid: string | undefined) => void,
  ) {}

  start(): void {
    this.running ??= this.follow();
  }

  async stop(): Promise<void> {
    this.abort.abort();
    this.relistTimer?.cancel();
    await this.running;
  }

  private async follow(): Promise<void> {
    const { signal } = this.abort;
    while (!signal.aborted) {
      try {
        for await (const event of this.cri.getContainerEvents({}, signal)) this.changed(uidOf(event));
      } catch (error) {
        if (signal.aborted) return;
        if (error instanceof CriError && error.code === 'unimplemented') {
          this.relistTimer = this.timers.every(relistInterval, () => void this.relist());
          return;
        }
        this.logger.debug('runtime events interrupted', { error });
      }
      if (await this.reachedAgain()) this.changed(undefined);
    }
  }

  /** Waits until the runtime answers; false when stopped before. */
  private async reachedAgain(): Promise<boolean> {
    const { signal } = this.abort;
    for (;;) {
      await this.timers.sleep(reconnectDelay, signal).catch(() => undefined);
      if (signal.aborted) return false;
      try {
        await this.cri.version({ version: '0.1.0' });
        return true;
      } catch (error) {
        this.logger.debug('runtime not reached', { error });
      }
    }
  }

  private async relist(): Promise<void> {
    try {
      const [sandboxes, containers] = await Promise.all([
        this.cri.listPodSandbox({ filter: undefined }),
        this.cri.listContainers({ filter: undefined }),
      ]);
      const now = new Map<string, { uid: string; state: number }>();
      for (const { id, labels, state } of [...sandboxes.items, ...containers.containers]) {
        now.set(id, { uid: labels[podUidLabel] ?? '', state });
      }
      for (const uid of changedPods(this.listed, now)) this.changed(uid);
      this.listed = now;
    } catch (error) {
      this.logger.debug('runtime not listed', { error });
    }
  }
}

function changedPods(
  before: ReadonlyMap<string, { uid: string; state: number }>,
  now: ReadonlyMap<string, { uid: string; state: number }>,
): Set<string> {
  const pods = new Set<string>();
  for (const [id, { uid, state }] of now) if (before.get(id)?.state !== state) pods.add(uid);
  for (const [id, { uid }] of before) if (!now.has(id)) pods.add(uid);
  pods.delete('');
  return pods;
}

function uidOf({ podSandboxStatus, containersStatuses }: cri.ContainerEventResponse): string | undefined {
  const labelled = podSandboxStatus?.labels[podUidLabel] ?? podSandboxStatus?.metadata?.uid;
  return labelled || containersStatuses[0]?.labels[podUidLabel];
}
