import type { Milliseconds } from '@orrery/runtime';
import type { Lease, LeaseId } from './lease-table.ts';

interface Running {
  readonly ttlMs: Milliseconds;
  expiresAt: Milliseconds;
}

/**
 * How much time leases have left. Known to the leader alone and to nobody else, so no member's clock has to agree with another's: a new leader gives every
 * lease its whole time again, as etcd does (`lessor.Promote`). A lease may therefore live longer than it was granted, and never shorter.
 *
 * Times are those of one monotonic clock.
 */
export class LeaseClock {
  #leases: Map<LeaseId, Running> | undefined;

  get isRunning(): boolean {
    return this.#leases !== undefined;
  }

  /** This member leads from now on: every lease begins anew. */
  promote(now: Milliseconds, leases: Iterable<Lease>): void {
    this.#leases = new Map();
    for (const lease of leases) this.#begin(lease, now);
  }

  /** This member leads no longer: it knows nothing about time, and nothing expires. */
  demote(): void {
    this.#leases = undefined;
  }

  /** Takes up leases that were granted since and lets go of those that are gone. To be called often: a lease begins with the call that finds it. */
  follow(now: Milliseconds, leases: Iterable<Lease>): void {
    if (this.#leases === undefined) return;
    const gone = new Set(this.#leases.keys());
    for (const lease of leases) {
      gone.delete(lease.id);
      this.takeUp(now, lease);
    }
    for (const id of gone) this.#leases.delete(id);
  }

  /** Has the lease begin now, unless its time runs already. */
  takeUp(now: Milliseconds, lease: Lease): void {
    if (this.#leases?.has(lease.id) === false) this.#begin(lease, now);
  }

  /** Gives the lease its whole time again. False: it is over, or unknown, and cannot be saved any more. */
  renew(id: LeaseId, now: Milliseconds): boolean {
    const lease = this.#leases?.get(id);
    if (lease === undefined || lease.expiresAt <= now) return false;
    lease.expiresAt = now + lease.ttlMs;
    return true;
  }

  /** 0: it is over; `undefined`: unknown. */
  remaining(id: LeaseId, now: Milliseconds): Milliseconds | undefined {
    const lease = this.#leases?.get(id);
    return lease === undefined ? undefined : Math.max(0, lease.expiresAt - now);
  }

  /** Leases that are over, the longest over first, at most `countMax`. */
  expired(now: Milliseconds, countMax: number): LeaseId[] {
    const over: [LeaseId, Milliseconds][] = [];
    for (const [id, { expiresAt }] of this.#leases ?? []) if (expiresAt <= now) over.push([id, expiresAt]);
    over.sort(([a, atA], [b, atB]) => atA - atB || (a < b ? -1 : 1));
    return over.slice(0, countMax).map(([id]) => id);
  }

  #begin({ id, ttlSeconds }: Lease, now: Milliseconds): void {
    const ttlMs = ttlSeconds * 1000;
    this.#leases?.set(id, { ttlMs, expiresAt: now + ttlMs });
  }
}
