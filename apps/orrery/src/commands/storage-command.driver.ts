import { mkdirSync, readdirSync, rmSync } from 'node:fs';
import { resolve } from 'node:path';
import { createLogger, FileDisk, systemRandom } from '@orrery/runtime';
import { type BackupStatus, backupStatus, restoreBackup } from '@orrery/storage';
import { askAdmin } from '../admin/admin-socket.driver.ts';
import { type ClusterLayout, clusterLayout } from '../cluster-plan/cluster-layout.ts';
import type { RestoreChoices } from '../command-line/storage-command.ts';
import { claimDataFolder } from '../data-folder/data-folder.ts';
import { clusterName } from '../launcher/cluster-launcher.ts';
import { openForReading } from '../storage-backup/backup-file.driver.ts';
import { snapshotTable } from '../storage-backup/snapshot-table.ts';

type Say = (line: string) => void;

/** Has the running cluster write its state into a new file, and reads it back. */
export async function storageBackup(layout: ClusterLayout, file: string, say: Say): Promise<void> {
  const path = resolve(file);
  await askAdmin(layout.adminSocket, `/backup/${encodeURIComponent(path)}`);
  const { revision } = await statusOf(path, false);
  say(`saved ${file} at revision ${revision}`);
}

export async function storageSnapshotStatus(
  file: string,
  { json, skipHashCheck }: { readonly json: boolean; readonly skipHashCheck: boolean },
  say: Say,
): Promise<void> {
  const status = await statusOf(resolve(file), skipHashCheck);
  const { hash, revision, totalKeys: totalKey, totalBytes: totalSize } = status;
  say(json ? JSON.stringify({ hash, revision, totalKey, totalSize }) : snapshotTable(status));
}

/** Makes the data folders of a new cluster's storage members, all or none. Throws `FolderNotEmptyError`. */
export async function storageRestore(root: string, file: string, choices: RestoreChoices, say: Say): Promise<void> {
  const { members, member, ...options } = choices;
  const backup = await openForReading(resolve(file));
  try {
    const places = member === undefined ? await placesIn(root, members) : [{ member, folder: root }];
    for (const { folder } of places) claimEmptyFolder(folder);
    const folders = places.map((place) => ({ member: place.member, disk: new FileDisk(place.folder) }));
    const parts = { random: systemRandom, logger: createLogger({ level: 'warn' }) };
    const restored = await restoreBackup(backup, { cluster: clusterName, members, folders }, parts, options).catch(
      (error: unknown) => {
        for (const { folder } of places) rmSync(folder, { recursive: true });
        throw error;
      },
    );
    for (const place of places) say(`restored ${place.member} into ${place.folder}`);
    say(`${restored.keys} keys, ${restored.leases} leases, revision ${restored.revision}`);
    if (restored.authentication) say('its users and roles were left out: storage has none');
  } finally {
    await backup.close();
  }
}

/** The place for a restored member holds something already. Nothing was changed. */
export class FolderNotEmptyError extends Error {
  override readonly name = 'FolderNotEmptyError';
  constructor(readonly folder: string) {
    super(`${folder} is not empty: stop the cluster and move it away, or restore into another folder`);
  }
}

function claimEmptyFolder(folder: string): void {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  if (readdirSync(folder).length > 0) throw new FolderNotEmptyError(folder);
}

/** Where `orrery up` looks for the members' data. */
async function placesIn(root: string, members: readonly string[]): Promise<{ member: string; folder: string }[]> {
  await claimDataFolder(new FileDisk(root), root);
  return members.map((member) => ({ member, folder: clusterLayout(root).service(member) }));
}

async function statusOf(path: string, skipHashCheck: boolean): Promise<BackupStatus> {
  const file = await openForReading(path);
  try {
    return await backupStatus(file, { skipHashCheck });
  } finally {
    await file.close();
  }
}
