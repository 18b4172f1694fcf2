import type { Pod } from '@orrery/api';
import type { Clock, Milliseconds, Timer, Timers } from '@orrery/runtime';
import { PriorityFifo } from './priority-fifo.ts';

const backOffMin: Milliseconds = 1_000;
const backOffMax: Milliseconds = 10_000;
/** A pod that no event has helped for this long is tried anyway. */
const unschedulableMax: Milliseconds = 300_000;

/** A pod that waits for a node. */
export interface QueuedPod {
  readonly pod: Pod;
  /** When it came in first; earlier goes first among equals. */
  readonly since: Milliseconds;
  /** How often it has been tried. */
  readonly attempts: number;
}

interface Waiting extends QueuedPod {
  /** Not before this. */
  readonly retryAt: Milliseconds;
}

/**
 * Pods without a node: ready to be tried, backing off, or waiting for the cluster to change. A pod is in one place at a time; the newest state of
 * a pod replaces the one that is queued. Higher priority first, then by time.
 */
export class SchedulingQueue {
  private readonly active = new PriorityFifo<QueuedPod>();
  private readonly backingOff = new Map<string, Waiting>();
  private readonly unschedulable = new Map<string, Waiting>();
  /** Pods that have been taken and not yet been given back, with whether the cluster has changed meanwhile. */
  private readonly inFlight = new Map<string, { moved: boolean; attempts: number; since: Milliseconds }>();
  private wakeUp: Timer | undefined;

  /** `onReady` is called when a pod can be taken. */
  constructor(
    private readonly clock: Clock,
    private readonly timers: Timers,
    private readonly onReady: () => void,
  ) {}

  get size(): number {
    return this.active.size + this.backingOff.size + this.unschedulable.size;
  }

  /** A pod without a node was seen: new, or changed in a way that may help it. */
  add(pod: Pod): void {
    const { uid } = pod.metadata;
    if (this.inFlight.has(uid)) return;
    const waiting = this.backingOff.get(uid);
    if (waiting) {
      this.backingOff.set(uid, { ...waiting, pod });
      return;
    }
    const known = this.active.get(uid) ?? this.unschedulable.get(uid);
    this.unschedulable.delete(uid);
    this.activate({ pod, since: known?.since ?? this.clock.now(), attempts: known?.attempts ?? 0 });
    this.onReady();
  }

  /** The newest state of a pod that waits, without a reason to try it again. */
  refresh(pod: Pod): void {
    const { uid } = pod.metadata;
    const active = this.active.get(uid);
    if (active) this.activate({ ...active, pod });
    for (const place of [this.backingOff, this.unschedulable]) {
      const waiting = place.get(uid);
      if (waiting) place.set(uid, { ...waiting, pod });
    }
  }

  /** The pod is gone or has a node. */
  remove(uid: string): void {
    for (const place of [this.active, this.backingOff, this.unschedulable, this.inFlight]) place.delete(uid);
  }

  /** Takes the next pod to try; give it back with `done` or `failed`. */
  take(): QueuedPod | undefined {
    const next = this.active.shift();
    if (!next) return undefined;
    const { uid } = next.pod.metadata;
    const taken = { ...next, attempts: next.attempts + 1 };
    this.inFlight.set(uid, { moved: false, attempts: taken.attempts, since: taken.since });
    return taken;
  }

  /** The pod has its node. */
  done(uid: string): void {
    this.inFlight.delete(uid);
  }

  /** No node took the pod. It waits for the cluster to change; if that has happened while it was being tried, only for its back-off. */
  failed({ pod, since, attempts }: QueuedPod): void {
    const { uid } = pod.metadata;
    const flight = this.inFlight.get(uid);
    if (!flight) return;
    this.inFlight.delete(uid);
    const delay = Math.min(backOffMin * 2 ** (attempts - 1), backOffMax);
    const now = this.clock.now();
    if (flight.moved) this.backingOff.set(uid, { pod, since, attempts, retryAt: now + delay });
    else this.unschedulable.set(uid, { pod, since, attempts, retryAt: now + delay });
    this.schedule();
  }

  /** The cluster has changed so that pods may fit now that did not before. */
  clusterChanged(): void {
    const now = this.clock.now();
    for (const flight of this.inFlight.values()) flight.moved = true;
    for (const [uid, waiting] of this.unschedulable) {
      this.unschedulable.delete(uid);
      if (waiting.retryAt <= now) this.activate(waiting);
      else this.backingOff.set(uid, waiting);
    }
    this.schedule();
    if (this.active.size > 0) this.onReady();
  }

  /** Ends the timers; nothing is handed out by itself any more. */
  stop(): void {
    this.wakeUp?.cancel();
    this.wakeUp = undefined;
  }

  private schedule(): void {
    this.wakeUp?.cancel();
    const next = Math.min(
      ...[...this.backingOff.values()].map(({ retryAt }) => retryAt),
      ...[...this.unschedulable.values()].map(({ retryAt }) => retryAt + unschedulableMax),
    );
    if (next === Number.POSITIVE_INFINITY) return;
    this.wakeUp = this.timers.after(Math.max(0, next - this.clock.now()), () => this.release());
  }

  private release(): void {
    const now = this.clock.now();
    for (const [uid, waiting] of this.backingOff) {
      if (waiting.retryAt > now) continue;
      this.backingOff.delete(uid);
      this.activate(waiting);
    }
    for (const [uid, waiting] of this.unschedulable) {
      if (waiting.retryAt + unschedulableMax > now) continue;
      this.unschedulable.delete(uid);
      this.activate(waiting);
    }
    this.schedule();
    if (this.active.size > 0) this.onReady();
  }

  private activate(queued: QueuedPod): void {
    this.active.set(queued.pod.metadata.uid, queued, queued.pod.spec.priority ?? 0);
  }
}
