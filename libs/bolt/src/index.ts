export * from './reading/bolt-errors.ts';
export { type BoltBucket, type BoltItem, BoltReader } from './reading/bolt-reader.ts';
export type { RandomAccess } from './reading/page-source.ts';
export { type BoltBucketContent, type BoltEntry, BoltFile, planBoltFile } from './writing/bolt-file.ts';
