import { LeaseClock, type LeaseId, LeaseNotFoundError } from '@orrery/kv';
import type { Clock, Logger, Milliseconds, Timer, Timers } from '@orrery/runtime';
import { encodeOperation } from '../state-machine/log-command.ts';
import type { StateMachine } from '../state-machine/state-machine.ts';
import { kvErrorResult, type StorageResult, unavailable } from '../state-machine/storage-result.ts';

export interface LeaseExpiryParts {
  readonly clock: Clock;
  readonly timers: Timers;
  readonly logger: Logger;
  readonly state: StateMachine;
  /** Does this member lead, with everything applied that was committed before its term? */
  readonly leads: () => boolean;
  readonly term: () => number;
  readonly propose: (data: Uint8Array) => Promise<StorageResult>;
}

/** How often leases are looked at; a lease may live this much longer than granted. As etcd's. */
const CHECK_MS: Milliseconds = 500;
/** Revocations under way at once; what else is over waits for the next look. */
const REVOKING_MAX = 512;

/**
 * Has leases end: while this member leads it keeps their time, by its own monotonic clock, and proposes to revoke those that are over. What is proposed names the
 * lease, so all members revoke the same whatever their clocks say.
 */
export class LeaseExpiry {
  readonly #clock = new LeaseClock();
  readonly #revoking = new Set<LeaseId>();
  /** The term for which the clock runs. */
  #term: number | undefined;
  #timer: Timer | undefined;

  constructor(private readonly parts: LeaseExpiryParts) {}

  start(): void {
    this.#timer ??= this.parts.timers.every(CHECK_MS, () => this.#check());
  }

  stop(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
  }

  /** The leadership may have changed hands: the sooner leases begin anew, the sooner they can end. */
  wake(): void {
    this.#followLeadership();
  }

  /**
   * Gives the lease its whole time again. To be called behind a read barrier that was begun after the request had come: only then is it sure that no other member
   * has begun to lead meanwhile.
   */
  async renew(id: LeaseId): Promise<StorageResult> {
    const { state, clock } = this.parts;
    if (!this.#followLeadership()) return unavailable('etcdserver: not leader');
    const now = clock.monotonic();
    const lease = state.store.lease(id);
    if (lease !== undefined) this.#clock.takeUp(now, lease);
    if (lease !== undefined && !this.#revoking.has(id) && this.#clock.renew(id, now)) {
      return { $case: 'leaseKeepAlive', value: { ttlSeconds: lease.ttlSeconds } };
    }
    return kvErrorResult(new LeaseNotFoundError(id));
  }

  /** Whole seconds left, by this member's clock; only the leader knows. A lease that is not known yet has just been granted. */
  remainingSeconds(id: LeaseId): number {
    this.#followLeadership();
    const left = this.#clock.remaining(id, this.parts.clock.monotonic());
    return left === undefined ? (this.parts.state.store.lease(id)?.ttlSeconds ?? -1) : Math.floor(left / 1000);
  }

  /** Is this member the one that keeps the time? */
  #followLeadership(): boolean {
    const { leads, term, clock, state } = this.parts;
    const current = leads() ? term() : undefined;
    if (current === this.#term) return current !== undefined;
    this.#term = current;
    if (current === undefined) this.#clock.demote();
    else this.#clock.promote(clock.monotonic(), state.store.leasesUnordered());
    return current !== undefined;
  }

  #check(): void {
    if (!this.#followLeadership()) return;
    const { clock, state } = this.parts;
    const now = clock.monotonic();
    this.#clock.follow(now, state.store.leasesUnordered());
    for (const id of this.#clock.expired(now, REVOKING_MAX)) {
      if (this.#revoking.size >= REVOKING_MAX) return;
      if (!this.#revoking.has(id)) void this.#revoke(id);
    }
  }

  async #revoke(id: LeaseId): Promise<void> {
    const { clock, logger, propose } = this.parts;
    this.#revoking.add(id);
    try {
      const result = await propose(encodeOperation(clock.now(), { $case: 'leaseRevoke', value: { id } }));
      // Otherwise it is tried again: what was not committed has left the lease in place.
      if (result.$case === 'error')
        logger.debug('a lease was not revoked', { lease: id, reason: result.value.message });
    } finally {
      this.#revoking.delete(id);
    }
  }
}
