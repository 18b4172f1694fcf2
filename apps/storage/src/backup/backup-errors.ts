/** The file is not what `etcdctl snapshot save` or a backup of ours writes. */
export class ForeignBackupError extends Error {
  override readonly name = 'ForeignBackupError';
  constructor(
    readonly reason: string,
    options?: ErrorOptions,
  ) {
    super(`the file is no backup: ${reason}`, options);
  }
}

/** The file is a backup whose bytes are not those that were written. */
export class DamagedBackupError extends Error {
  override readonly name = 'DamagedBackupError';
  constructor(
    readonly reason: string,
    options?: ErrorOptions,
  ) {
    super(`the backup is damaged: ${reason}`, options);
  }
}

/** The file was written by a release that keeps things which this one does not know. */
export class NewerBackupError extends Error {
  override readonly name = 'NewerBackupError';
  constructor(
    readonly found: string,
    options?: ErrorOptions,
  ) {
    super(`the backup was written by a newer release: ${found}`, options);
  }
}
