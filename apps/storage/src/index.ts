export { Backup } from './backup/backup.ts';
export { BackupFile, type BackupFileOptions } from './backup/backup-file.ts';
export { type BackupStatus, backupStatus } from './backup/backup-status.ts';
export { type Restored, type RestoredCluster, type RestoreOptions, restoreBackup } from './backup/restore-backup.ts';
export { storageService } from './storage.module.ts';
export type { StorageConfig } from './storage-config.ts';
export { StorageMember } from './storage-member.ts';
