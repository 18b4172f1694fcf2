/** Storage gave no answer for as long as we were willing to ask. A write may or may not have happened. */
export class StorageUnavailableError extends Error {
  override readonly name = 'StorageUnavailableError';
}

/** Storage and the API server do not accept each other's certificates: somebody has to look at the configuration. */
export class StorageCertificateError extends Error {
  override readonly name = 'StorageCertificateError';
}

/** The asked revision is compacted away. */
export class RevisionCompactedError extends Error {
  override readonly name = 'RevisionCompactedError';
  constructor(readonly compactRevision: number) {
    super(`revisions up to ${compactRevision} are compacted`);
  }
}

/** The asked revision does not exist yet. */
export class FutureRevisionError extends Error {
  override readonly name = 'FutureRevisionError';
}

/** The answer or the value is larger than storage or the bus takes. */
export class ValueTooLargeError extends Error {
  override readonly name = 'ValueTooLargeError';
}

/** Storage's disk is full; nothing was written. */
export class StorageFullError extends Error {
  override readonly name = 'StorageFullError';
}

export class LeaseNotFoundError extends Error {
  override readonly name = 'LeaseNotFoundError';
}

/** Storage refused the request as malformed: a bug of ours. */
export class StorageRequestError extends Error {
  override readonly name = 'StorageRequestError';
}
