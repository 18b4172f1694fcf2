/** A snapshot that cannot be read as it was written. */
export class SnapshotDamagedError extends Error {
  override readonly name = 'SnapshotDamagedError';
  constructor(
    readonly path: string,
    /** Of the first byte that cannot be trusted. */
    readonly offset: number,
  ) {
    super(`the snapshot is damaged: ${path} at byte ${offset}`);
  }
}

/** A newer release wrote the snapshot. Nothing was changed. */
export class SnapshotVersionError extends Error {
  override readonly name = 'SnapshotVersionError';
  constructor(
    readonly found: number,
    readonly supported: number,
  ) {
    super(
      `a snapshot has format version ${found}, this release supports ${supported}: start the release that wrote it`,
    );
  }
}
