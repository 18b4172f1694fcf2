/** The file is no bbolt file. */
export class NotBoltError extends Error {
  override readonly name = 'NotBoltError';
  constructor() {
    super('the file is not a bbolt database');
  }
}

/** The file is a bbolt file of a version that this release does not know. */
export class BoltVersionError extends Error {
  override readonly name = 'BoltVersionError';
  constructor(
    readonly version: number,
    readonly supported: number,
  ) {
    super(`the file is a bbolt database of version ${version}; this release knows version ${supported}`);
  }
}

/** The file is a bbolt file whose bytes contradict each other. */
export class BoltDamagedError extends Error {
  override readonly name = 'BoltDamagedError';
  constructor(
    readonly page: number,
    readonly reason: string,
  ) {
    super(`the bbolt database is damaged at page ${page}: ${reason}`);
  }
}
