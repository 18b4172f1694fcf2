/** The asked revision has been compacted away. */
export class CompactedError extends Error {
  override readonly name = 'CompactedError';
  constructor(
    readonly revision: number,
    readonly compactRevision: number,
  ) {
    super('mvcc: required revision has been compacted');
  }
}

/** The asked revision is still to come. */
export class FutureRevisionError extends Error {
  override readonly name = 'FutureRevisionError';
  constructor(
    readonly revision: number,
    readonly newest: number,
  ) {
    super('mvcc: required revision is a future revision');
  }
}

export class LeaseNotFoundError extends Error {
  override readonly name = 'LeaseNotFoundError';
  constructor(readonly lease: number) {
    super('requested lease not found');
  }
}

/** The command can never succeed; nothing was changed. */
export class InvalidCommandError extends Error {
  override readonly name = 'InvalidCommandError';
}

export type KvError = CompactedError | FutureRevisionError | LeaseNotFoundError | InvalidCommandError;

export function isKvError(error: unknown): error is KvError {
  return (
    error instanceof CompactedError ||
    error instanceof FutureRevisionError ||
    error instanceof LeaseNotFoundError ||
    error instanceof InvalidCommandError
  );
}
