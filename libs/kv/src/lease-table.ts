import type { Milliseconds } from '@orrery/runtime';
import { InvalidCommandError, LeaseNotFoundError } from './kv-errors.ts';

export interface Lease {
  readonly id: number;
  readonly ttlSeconds: number;
  expiresAt: Milliseconds;
  readonly keys: Set<string>;
}

/** Longest time to live: what etcd allows. */
const TTL_MAX_SECONDS = 9_000_000_000;

/** Leases and the keys that hang on them. Time comes from outside, so that all members agree. */
export class LeaseTable {
  readonly #leases = new Map<number, Lease>();
  #lastChosen = 0;

  get(id: number): Lease {
    const lease = this.#leases.get(id);
    if (lease === undefined) throw new LeaseNotFoundError(id);
    return lease;
  }

  /** With `id` 0 the table chooses one. */
  grant(id: number, ttlSeconds: number, now: Milliseconds): Lease {
    if (ttlSeconds <= 0 || ttlSeconds > TTL_MAX_SECONDS) throw new InvalidCommandError('too large lease TTL');
    if (this.#leases.has(id)) throw new InvalidCommandError('lease already exists');
    const lease = {
      id: id === 0 ? this.#chooseId() : id,
      ttlSeconds,
      expiresAt: now + ttlSeconds * 1000,
      keys: new Set<string>(),
    };
    this.#leases.set(lease.id, lease);
    return lease;
  }

  keepAlive(id: number, now: Milliseconds): Lease {
    const lease = this.get(id);
    lease.expiresAt = now + lease.ttlSeconds * 1000;
    return lease;
  }

  remove(id: number): void {
    this.#leases.delete(id);
  }

  attach(id: number, key: string): void {
    if (id !== 0) this.get(id).keys.add(key);
  }

  detach(id: number, key: string): void {
    this.#leases.get(id)?.keys.delete(key);
  }

  /** Leases that are over at `now`, by id, at most `countMax`. */
  expired(now: Milliseconds, countMax: number): Lease[] {
    const over: Lease[] = [];
    for (const lease of this.#leases.values()) if (lease.expiresAt <= now) over.push(lease);
    return over.sort((a, b) => a.id - b.id).slice(0, countMax);
  }

  #chooseId(): number {
    do this.#lastChosen++;
    while (this.#leases.has(this.#lastChosen));
    return this.#lastChosen;
  }
}
