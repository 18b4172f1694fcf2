import type { Milliseconds } from '@orrery/runtime';
import type { WaitingReason } from '../pod-lifecycle/container-statuses.ts';
import type { BackOffEntry } from '../pod-lifecycle/restart-back-off.ts';

/** Between starts that fail because of the container's configuration. */
const retryMin: Milliseconds = 500;
const retryMax: Milliseconds = 10_000;

/** What a pod's worker remembers of its containers' starts, by container name. Lost with the worker: then every container starts afresh. */
export class StartAttempts {
  /** Why containers that are due do not run; the words of their status. */
  readonly waiting = new Map<string, WaitingReason>();
  readonly backOffs = new Map<string, BackOffEntry>();
  private readonly notBefore = new Map<string, Milliseconds>();
  private readonly failedInARow = new Map<string, number>();

  /** Takes over what a plan says of containers that back off; the result names those that have begun to. */
  backingOff(waiting: ReadonlyMap<string, WaitingReason>): string[] {
    const begun: string[] = [];
    for (const [name, { reason }] of this.waiting) {
      if (reason === 'CrashLoopBackOff' && !waiting.has(name)) this.waiting.delete(name);
    }
    for (const [name, reason] of waiting) {
      if (this.waiting.get(name)?.message !== reason.message) begun.push(name);
      this.waiting.set(name, reason);
    }
    return begun;
  }

  /** When the next start may be tried; undefined: now. */
  retryAt(name: string, now: Milliseconds): Milliseconds | undefined {
    const at = this.notBefore.get(name) ?? 0;
    return at > now ? at : undefined;
  }

  /** The result tells when to try again: `retryAt`, or after a while that grows. */
  failed(name: string, reason: WaitingReason, retryAt: Milliseconds | undefined, now: Milliseconds): Milliseconds {
    const failures = (this.failedInARow.get(name) ?? 0) + 1;
    const at = retryAt ?? now + Math.min(retryMin * 2 ** (failures - 1), retryMax);
    this.waiting.set(name, reason);
    this.failedInARow.set(name, failures);
    this.notBefore.set(name, at);
    return at;
  }

  /** `backOff`: what to remember where it was a restart. */
  started(name: string, backOff: BackOffEntry | undefined): void {
    this.waiting.delete(name);
    this.failedInARow.delete(name);
    this.notBefore.delete(name);
    if (backOff) this.backOffs.set(name, backOff);
  }
}
