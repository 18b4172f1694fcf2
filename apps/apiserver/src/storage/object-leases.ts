import type { Clock } from '@orrery/runtime';
import type { KeyValueStore, LeaseId } from './key-value-store.ts';

/** Objects written within this time share a lease, so that a burst of events does not make a lease each. */
const shareMs = 60_000;

/** Leases for objects that go by themselves: an object lives at least its time to live and at most a minute longer. */
export class ObjectLeases {
  private readonly current = new Map<number, { lease: Promise<LeaseId>; grantedAt: number }>();

  constructor(
    private readonly store: KeyValueStore,
    private readonly clock: Clock,
  ) {}

  leaseFor(ttlSeconds: number): Promise<LeaseId> {
    if (this.store.keysPerLease === 'one') return this.store.grantLease(ttlSeconds);
    const now = this.clock.monotonic();
    const known = this.current.get(ttlSeconds);
    if (known !== undefined && now - known.grantedAt < shareMs) return known.lease;
    const lease = this.store.grantLease(ttlSeconds + shareMs / 1000);
    this.current.set(ttlSeconds, { lease, grantedAt: now });
    lease.catch(() => this.forget(ttlSeconds));
    return lease;
  }

  /** Storage does not know the lease any more: grant another one next time. */
  forget(ttlSeconds: number): void {
    this.current.delete(ttlSeconds);
  }
}
