import type { RandomAccess } from '@orrery/bolt';
import { type FrozenStore, KvStore, StoreImport } from '@orrery/kv';
import { Backup } from '../backup.ts';
import { BackupFile, type BackupFileOptions } from '../backup-file.ts';

/** Bytes in memory as a file. */
export function memoryFile(bytes: Uint8Array): RandomAccess {
  return { size: bytes.length, read: async (offset, length) => bytes.slice(offset, offset + length) };
}

/** The whole file of a backup. `meanwhile` is called in each of its pauses. */
export async function backupBytes(content: FrozenStore, meanwhile: () => void = () => {}): Promise<Uint8Array> {
  const backup = await Backup.plan(content, async () => meanwhile());
  const chunks: Uint8Array[] = [];
  for await (const chunk of backup.chunks()) chunks.push(chunk);
  return new Uint8Array(Buffer.concat(chunks));
}

/** A store with what the file holds. */
export async function storeFrom(bytes: Uint8Array, options: BackupFileOptions = {}): Promise<KvStore> {
  const file = await BackupFile.open(memoryFile(bytes), options);
  const imported = new StoreImport(await file.head());
  for await (const version of file.versions()) imported.add(version);
  const store = new KvStore();
  store.restore(imported);
  return store;
}
