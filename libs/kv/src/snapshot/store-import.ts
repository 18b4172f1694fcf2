import { storagev1 } from '@orrery/proto';
import { keyText } from '../key.ts';
import { type Lease, LeaseTable } from '../leases/lease-table.ts';
import { FIRST_REVISION, type StoreState } from '../store-state.ts';
import type { KeptVersion } from '../versions/frozen-versions.ts';
import { VersionStore } from '../versions/version-store.ts';

export interface ImportHead {
  readonly compactRevision: number;
  readonly leases: readonly Pick<Lease, 'id' | 'ttlSeconds'>[];
}

/** Builds a store's state from versions that another store kept: see `FrozenVersions`. */
export class StoreImport {
  readonly #versions = new VersionStore();
  readonly #leases = new LeaseTable();
  #revision: number;
  #compactRevision: number;

  constructor({ compactRevision, leases }: ImportHead) {
    this.#compactRevision = compactRevision;
    this.#revision = Math.max(FIRST_REVISION, compactRevision);
    for (const { id, ttlSeconds } of leases) this.#leases.restore(id, ttlSeconds);
  }

  /** Of the last change or the compaction, whichever is later. */
  get revision(): number {
    return this.#revision;
  }

  /** In order of revision. Throws what decoding a message throws. */
  add({ revision, sub, deleted, record }: KeptVersion): void {
    const kv = storagev1.KeyValue.decode(record);
    // When it was made is not handed down.
    const made = { key: keyText(kv.key), revision, sub, time: 0 };
    if (deleted) this.#versions.delete(made);
    else this.#versions.put({ ...kv, ...made, lease: BigInt(kv.lease) });
    this.#revision = Math.max(this.#revision, revision);
  }

  /** Goes on `count` revisions later. All states before are then compacted: whoever followed the old store has to look anew. */
  skip(count: number): void {
    if (count === 0) return;
    this.#revision += count;
    this.#compactRevision = this.#revision;
  }

  finish(): StoreState {
    this.#versions.compact(this.#compactRevision);
    this.#attachLeases();
    return {
      versions: this.#versions,
      leases: this.#leases,
      revision: this.#revision,
      compactRevision: this.#compactRevision,
    };
  }

  /** A lease that is not there any more ended while its keys were being deleted; etcd leaves such keys alone as well. */
  #attachLeases(): void {
    this.#versions.visitKnown('', (key, newest) => {
      const lease = String(this.#versions.lease(newest));
      if (this.#leases.find(lease) !== undefined) this.#leases.attach(lease, key);
      return true;
    });
  }
}
