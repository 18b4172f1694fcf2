import { createHash } from 'node:crypto';
import {
  type BoltBucket,
  BoltDamagedError,
  BoltReader,
  BoltVersionError,
  NotBoltError,
  type RandomAccess,
} from '@orrery/bolt';
import type { KeptVersion } from '@orrery/kv';
import { TRAILER_BYTES } from './backup.ts';
import { DamagedBackupError, ForeignBackupError, NewerBackupError } from './backup-errors.ts';
import { Bucket, decodeLease, type KeptLease, MetaKey, readRevisionKey } from './etcd-schema.ts';

export interface BackupFileOptions {
  /** Take a file without a checksum as well: a database copied out of etcd's data folder has none. */
  readonly skipHashCheck?: boolean;
}

/** What a backup says before its versions are read. */
export interface BackupHead {
  /** Of the last compaction; 0: none. */
  readonly compactRevision: number;
  readonly leases: readonly KeptLease[];
  /** etcd's users and roles were in force. Orrery has none: whoever reaches the restored store may do everything. */
  readonly authentication: boolean;
}

/** Pages of a database are multiples of this, so that a file's length tells whether a checksum follows. */
const SECTOR_BYTES = 512;
const HASH_READ_BYTES = 1024 * 1024;

/** A file made by `etcdctl snapshot save` or by a backup of ours. Throws `ForeignBackupError`, `DamagedBackupError` and `NewerBackupError`. */
export class BackupFile {
  private constructor(private readonly reader: BoltReader) {}

  static async open(file: RandomAccess, options: BackupFileOptions = {}): Promise<BackupFile> {
    const reader = await explained(() => BoltReader.open(file));
    await checkHash(file, options);
    const opened = new BackupFile(reader);
    await opened.#checkSchema();
    return opened;
  }

  /** Bytes of the database, without the checksum. */
  get bytes(): number {
    return this.reader.bytes;
  }

  head(): Promise<BackupHead> {
    return explained(async () => ({
      compactRevision: await this.#compactRevision(),
      leases: await this.#leases(),
      authentication: ((await this.#value(Bucket.AUTH, 'authEnabled'))?.[0] ?? 0) !== 0,
    }));
  }

  /** In order of revision. */
  async *versions(): AsyncGenerator<KeptVersion> {
    for await (const { key, value } of this.#items(await this.reader.bucket(Bucket.KEY))) {
      const at = readRevisionKey(key);
      if (at === undefined) throw new DamagedBackupError(`"${Buffer.from(key).toString('hex')}" is no revision`);
      yield { ...at, record: value };
    }
  }

  /** Buckets by name, each with its pairs. */
  async *buckets(): AsyncGenerator<{ name: Uint8Array; pairs: AsyncIterable<{ key: Uint8Array; value: Uint8Array }> }> {
    for await (const item of explainedItems(this.reader.root)) {
      if (item.kind === 'bucket') yield { name: item.key, pairs: this.#items(item.bucket) };
    }
  }

  async #checkSchema(): Promise<void> {
    for (const name of [Bucket.KEY, Bucket.META]) {
      if ((await explained(() => this.reader.bucket(name))) === undefined) {
        throw new ForeignBackupError(`the database has no bucket "${name}", as etcd's has`);
      }
    }
    const version = await explained(() => this.#value(Bucket.META, MetaKey.STORAGE_VERSION));
    if (version === undefined) return;
    const text = Buffer.from(version).toString();
    if (!/^3\.\d+\./.test(text)) throw new NewerBackupError(`its layout has version ${text}, this release knows 3.x`);
  }

  /** A compaction that was asked for and not finished counts: etcd carries it through when it starts. */
  async #compactRevision(): Promise<number> {
    const keys = [MetaKey.FINISHED_COMPACTION, MetaKey.SCHEDULED_COMPACTION];
    const values = await Promise.all(keys.map((key) => this.#value(Bucket.META, key)));
    return Math.max(0, ...values.map((value) => (value && readRevisionKey(value)?.revision) ?? 0));
  }

  async #leases(): Promise<KeptLease[]> {
    const leases: KeptLease[] = [];
    for await (const { value } of this.#items(await this.reader.bucket(Bucket.LEASE))) leases.push(leaseOf(value));
    return leases;
  }

  async #value(bucket: string, key: string): Promise<Uint8Array | undefined> {
    const item = await (await this.reader.bucket(bucket))?.get(Buffer.from(key));
    return item?.kind === 'value' ? item.value : undefined;
  }

  async *#items(bucket: BoltBucket | undefined): AsyncGenerator<{ key: Uint8Array; value: Uint8Array }> {
    if (bucket === undefined) return;
    for await (const item of explainedItems(bucket)) {
      if (item.kind === 'value') yield item;
    }
  }
}

function leaseOf(value: Uint8Array): KeptLease {
  try {
    return decodeLease(value);
  } catch (cause) {
    throw new DamagedBackupError('a lease cannot be read', { cause });
  }
}

async function checkHash(file: RandomAccess, { skipHashCheck = false }: BackupFileOptions): Promise<void> {
  const hasHash = file.size % SECTOR_BYTES === TRAILER_BYTES;
  if (!hasHash && skipHashCheck) return;
  if (!hasHash) {
    throw new DamagedBackupError(
      'it does not end with its checksum; it was cut off, or copied from a data folder (then say --skip-hash-check)',
    );
  }
  if (skipHashCheck) return;
  const hash = createHash('sha256');
  const end = file.size - TRAILER_BYTES;
  for (let at = 0; at < end; at += HASH_READ_BYTES) {
    hash.update(await file.read(at, Math.min(HASH_READ_BYTES, end - at)));
  }
  const expected = Buffer.from(await file.read(end, TRAILER_BYTES)).toString('hex');
  const found = hash.digest('hex');
  if (found !== expected) throw new DamagedBackupError(`its SHA-256 is ${found}, it says ${expected}`);
}

async function* explainedItems(bucket: BoltBucket): ReturnType<BoltBucket['items']> {
  try {
    yield* bucket.items();
  } catch (error) {
    throw explanation(error);
  }
}

async function explained<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw explanation(error);
  }
}

/** Says of a database's error what it means for the backup. */
function explanation(cause: unknown): unknown {
  if (cause instanceof NotBoltError) return new ForeignBackupError(cause.message, { cause });
  if (cause instanceof BoltVersionError) return new NewerBackupError(cause.message, { cause });
  if (cause instanceof BoltDamagedError) return new DamagedBackupError(cause.message, { cause });
  return cause;
}
