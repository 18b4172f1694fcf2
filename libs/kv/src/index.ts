export { type Applied, type ApplyContext, type Command, type CommandResult, putCommand } from './command.ts';
export { crc32c } from './hash/crc32c.ts';
export type { StoreHash } from './hash/store-hash.ts';
export type { Change, ChangesChoice } from './history/changes.ts';
export * from './key.ts';
export * from './kv-errors.ts';
export { type FrozenStore, type KvOptions, KvStore } from './kv-store.ts';
export { LeaseClock } from './leases/lease-clock.ts';
export type { Lease, LeaseId } from './leases/lease-table.ts';
export { costOf, QUOTA_BYTES_DEFAULT, Quota } from './quota.ts';
export { encodeRecords, fieldHead, recordFieldsBytes } from './range/encode-records.ts';
export { foundRange, recordsOf } from './range/found-range.ts';
export { type Frame, FrameReader, FrameWriter, SnapshotFormatError } from './snapshot/frames.ts';
export { type ImportHead, StoreImport } from './snapshot/store-import.ts';
export { STORE_FRAME_KINDS_END, type StoreRestoration, type StoreSnapshot } from './snapshot/store-snapshot.ts';
export { checkRequest, mayChange } from './txn/txn-check.ts';
export type { KeptVersion } from './versions/frozen-versions.ts';
export {
  TooManyWatchersError,
  WATCH_LIMITS,
  type WatchBatch,
  type Watching,
  type WatchLimits,
  type WatchRequest,
  type WatchSink,
} from './watch/watch.ts';
export { WatchHub } from './watch/watch-hub.ts';
