export { storageService } from './storage.module.ts';
export type { StorageConfig } from './storage-config.ts';
