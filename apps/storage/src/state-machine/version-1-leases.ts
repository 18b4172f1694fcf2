import type { LeaseId } from '@orrery/kv';
import type { Milliseconds } from '@orrery/runtime';

interface Entry {
  readonly ttlMs: Milliseconds;
  expiresAt: Milliseconds;
}

/** Leases that one command of version 1 revoked at most. */
const EXPIRED_MAX = 1000;

/**
 * When leases end by the times in the log, as the first format had it: there the log told the time and not who expired. An upgraded log is only understood
 * with it; logs of today tell which lease is revoked.
 */
export class Version1Leases {
  readonly #leases = new Map<LeaseId, Entry>();

  granted(id: LeaseId, ttlSeconds: number, time: Milliseconds): void {
    const ttlMs = ttlSeconds * 1000;
    this.#leases.set(id, { ttlMs, expiresAt: time + ttlMs });
  }

  keptAlive(id: LeaseId, time: Milliseconds): number | undefined {
    const lease = this.#leases.get(id);
    if (lease === undefined) return undefined;
    lease.expiresAt = time + lease.ttlMs;
    return lease.ttlMs / 1000;
  }

  revoked(id: LeaseId): void {
    this.#leases.delete(id);
  }

  /** Takes out what is over, in order of identifier. */
  takeExpired(time: Milliseconds): LeaseId[] {
    const over = [...this.#leases].filter(([, { expiresAt }]) => expiresAt <= time).map(([id]) => id);
    over.sort((a, b) => (BigInt(a) < BigInt(b) ? -1 : 1));
    const taken = over.slice(0, EXPIRED_MAX);
    for (const id of taken) this.#leases.delete(id);
    return taken;
  }

  clear(): void {
    this.#leases.clear();
  }
}
