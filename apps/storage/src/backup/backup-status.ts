import type { RandomAccess } from '@orrery/bolt';
import { crc32c } from '@orrery/kv';
import { BackupFile, type BackupFileOptions } from './backup-file.ts';
import { Bucket, readRevisionKey } from './etcd-schema.ts';

/** What `etcdctl snapshot status` tells of the same file, number for number. */
export interface BackupStatus {
  /** CRC-32C of all buckets' names, keys and values in order. */
  readonly hash: number;
  /** Of the last change; compactions do not count here. */
  readonly revision: number;
  readonly totalKeys: number;
  /** Bytes of the database, without the checksum. */
  readonly totalBytes: number;
}

/** Reads the whole file. Throws what `BackupFile` throws. */
export async function backupStatus(file: RandomAccess, options: BackupFileOptions = {}): Promise<BackupStatus> {
  const backup = await BackupFile.open(file, options);
  let hash = 0;
  let revision = 0;
  let totalKeys = 0;
  for await (const { name, pairs } of backup.buckets()) {
    hash = crc32c(name, hash);
    const holdsVersions = Buffer.from(name).toString() === Bucket.KEY;
    for await (const { key, value } of pairs) {
      hash = crc32c(value, crc32c(key, hash));
      totalKeys++;
      if (holdsVersions) revision = readRevisionKey(key)?.revision ?? revision;
    }
  }
  return { hash, revision, totalKeys, totalBytes: backup.bytes };
}
