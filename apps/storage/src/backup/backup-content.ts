import type { BoltBucketContent, BoltEntry } from '@orrery/bolt';
import type { FrozenStore } from '@orrery/kv';
import { Bucket, encodeLease, type KeptLease, MetaKey, revisionKey, uint64 } from './etcd-schema.ts';

/** The version of etcd whose cluster this could be: later ones read it as well, and are then asked to upgrade. */
const CLUSTER_VERSION = '3.4.0';
/** What an empty store is at. */
const FIRST_REVISION = 1;

/**
 * The buckets of etcd's database. Left out on purpose: members, because whoever restores names new ones; alarms, because they belong to
 * members and a new cluster judges for itself.
 */
export function backupBuckets(content: FrozenStore): BoltBucketContent[] {
  // The key bucket is read before the meta bucket, as their names order.
  let lastChange = 0;
  const noteRevision = (revision: number): void => {
    lastChange = revision;
  };
  const filled: BoltBucketContent[] = [
    { name: Bucket.KEY, entries: () => versionEntries(content, noteRevision) },
    { name: Bucket.META, entries: () => metaEntries(content, lastChange) },
    { name: Bucket.LEASE, entries: () => leaseEntries(content.leases) },
    { name: Bucket.CLUSTER, entries: () => [entry(Buffer.from('clusterVersion'), Buffer.from(CLUSTER_VERSION))] },
  ];
  const names = new Set(filled.map(({ name }) => name));
  const empty = Object.values(Bucket).filter((name) => !names.has(name));
  return [...filled, ...empty.map((name) => ({ name, entries: () => [] }))];
}

function* versionEntries(content: FrozenStore, note: (revision: number) => void): Generator<BoltEntry> {
  for (const { revision, sub, deleted, record } of content.versions()) {
    note(revision);
    yield { key: revisionKey(revision, sub, deleted), valueBytes: record.length, value: () => record };
  }
}

/**
 * A fresh Raft log begins behind the restored state, hence no index. etcd takes for its revision what the last change or the last compaction has:
 * a store that has left revisions out says the latter.
 */
function metaEntries({ revision, compactRevision }: FrozenStore, lastChange: number): BoltEntry[] {
  const index = entry(Buffer.from(MetaKey.CONSISTENT_INDEX), uint64(0));
  const reached = Math.max(lastChange, compactRevision, FIRST_REVISION);
  const compacted = reached < revision ? revision : compactRevision;
  if (compacted === 0) return [index];
  const key = revisionKey(compacted);
  return [
    index,
    entry(Buffer.from(MetaKey.FINISHED_COMPACTION), key),
    entry(Buffer.from(MetaKey.SCHEDULED_COMPACTION), key),
  ];
}

function leaseEntries(leases: readonly KeptLease[]): BoltEntry[] {
  return leases
    .map((lease) => entry(uint64(BigInt(lease.id)), encodeLease(lease)))
    .sort((a, b) => Buffer.compare(a.key, b.key));
}

function entry(key: Uint8Array, value: Uint8Array): BoltEntry {
  return { key, valueBytes: value.length, value: () => value };
}
