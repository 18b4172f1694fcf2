import { LeaseExistsError, LeaseNotFoundError, LeaseTtlTooLargeError } from '../kv-errors.ts';

/** A 63-bit number in decimal; `'0'`: no lease. */
export type LeaseId = string;

export interface Lease {
  readonly id: LeaseId;
  /** Its whole time to live; how much is left is known to the leader alone. */
  readonly ttlSeconds: number;
  readonly keys: ReadonlySet<string>;
}

/** Longest time to live: what etcd allows. */
const TTL_MAX_SECONDS = 9_000_000_000;

interface LeaseEntry extends Lease {
  readonly keys: Set<string>;
}

/** The leases that exist and the keys that hang on them. Replicated, and therefore without any time: see `LeaseClock`. */
export class LeaseTable {
  readonly #leases = new Map<LeaseId, LeaseEntry>();
  #lastChosen = 0;

  /** `ttlMinSeconds`: shorter leases are made this long, as etcd does, because a change of leaders takes its time. */
  constructor(private readonly ttlMinSeconds = 1) {}

  /** The last identifier that the table chose itself. */
  get lastChosen(): number {
    return this.#lastChosen;
  }

  find(id: LeaseId): Lease | undefined {
    return this.#leases.get(id);
  }

  /** Throws `LeaseNotFoundError`. */
  get(id: LeaseId): Lease {
    return this.#get(id);
  }

  values(): Iterable<Lease> {
    return this.#leases.values();
  }

  /** By identifier. */
  all(): readonly Lease[] {
    return [...this.#leases.values()].sort((a, b) => compareIds(a.id, b.id));
  }

  /** With id `'0'` the table chooses one. Throws `LeaseExistsError` and `LeaseTtlTooLargeError`. */
  grant(id: LeaseId, ttlSeconds: number): Lease {
    if (ttlSeconds > TTL_MAX_SECONDS) throw new LeaseTtlTooLargeError(ttlSeconds);
    if (this.#leases.has(id)) throw new LeaseExistsError(id);
    const chosen = id === '0' ? this.#chooseId() : id;
    return this.#add(chosen, Math.max(ttlSeconds, this.ttlMinSeconds));
  }

  remove(id: LeaseId): void {
    this.#leases.delete(id);
  }

  attach(id: LeaseId, key: string): void {
    this.#get(id).keys.add(key);
  }

  detach(id: LeaseId, key: string): void {
    this.#leases.get(id)?.keys.delete(key);
  }

  restore(id: LeaseId, ttlSeconds: number): void {
    this.#add(id, ttlSeconds);
  }

  restoreLastChosen(lastChosen: number): void {
    this.#lastChosen = lastChosen;
  }

  #get(id: LeaseId): LeaseEntry {
    const lease = this.#leases.get(id);
    if (lease === undefined) throw new LeaseNotFoundError(id);
    return lease;
  }

  #add(id: LeaseId, ttlSeconds: number): LeaseEntry {
    const lease = { id, ttlSeconds, keys: new Set<string>() };
    this.#leases.set(id, lease);
    return lease;
  }

  #chooseId(): LeaseId {
    do this.#lastChosen++;
    while (this.#leases.has(String(this.#lastChosen)));
    return String(this.#lastChosen);
  }
}

/** Order of decimal numbers without leading zeros. */
function compareIds(a: LeaseId, b: LeaseId): number {
  if (a.length !== b.length) return a.length - b.length;
  return a < b ? -1 : Number(a > b);
}
