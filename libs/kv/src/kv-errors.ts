/** The asked revision has been compacted away. Texts are etcd's (`rpctypes`), which clients compare. */
export class CompactedError extends Error {
  override readonly name = 'CompactedError';
  constructor(
    readonly revision: number,
    readonly compactRevision: number,
  ) {
    super('etcdserver: mvcc: required revision has been compacted');
  }
}

/** The asked revision is still to come. */
export class FutureRevisionError extends Error {
  override readonly name = 'FutureRevisionError';
  constructor(
    readonly revision: number,
    readonly newest: number,
  ) {
    super('etcdserver: mvcc: required revision is a future revision');
  }
}

export class LeaseNotFoundError extends Error {
  override readonly name = 'LeaseNotFoundError';
  constructor(readonly lease: string) {
    super('etcdserver: requested lease not found');
  }
}

export class LeaseExistsError extends Error {
  override readonly name = 'LeaseExistsError';
  constructor(readonly lease: string) {
    super('etcdserver: lease already exists');
  }
}

export class LeaseTtlTooLargeError extends Error {
  override readonly name = 'LeaseTtlTooLargeError';
  constructor(readonly ttlSeconds: number) {
    super('etcdserver: too large lease TTL');
  }
}

/** A put was to keep the value or the lease of a key that does not exist. */
export class KeyNotFoundError extends Error {
  override readonly name = 'KeyNotFoundError';
  constructor(readonly key: string) {
    super('etcdserver: key not found');
  }
}

/** The space quota is used up: nothing is written until an operator has made room and disarmed the alarm. */
export class NoSpaceError extends Error {
  override readonly name = 'NoSpaceError';
  constructor() {
    super('etcdserver: mvcc: database space exceeded');
  }
}

/** The members' states differ, by a bug or by bad hardware. */
export class CorruptError extends Error {
  override readonly name = 'CorruptError';
  constructor() {
    super('etcdserver: corrupt cluster');
  }
}

/** The command can never succeed; nothing was changed. */
export class InvalidCommandError extends Error {
  override readonly name = 'InvalidCommandError';
}

const CLASSES = [
  CompactedError,
  FutureRevisionError,
  LeaseNotFoundError,
  LeaseExistsError,
  LeaseTtlTooLargeError,
  KeyNotFoundError,
  NoSpaceError,
  CorruptError,
  InvalidCommandError,
] as const;

export type KvError = InstanceType<(typeof CLASSES)[number]>;

export function isKvError(error: unknown): error is KvError {
  return CLASSES.some((one) => error instanceof one);
}
