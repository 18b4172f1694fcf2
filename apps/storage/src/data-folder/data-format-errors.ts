/** The data folder was written by another release. Nothing in it was touched. */
export class DataFormatError extends Error {
  override readonly name = 'DataFormatError';
  constructor(
    readonly folder: string,
    readonly found: string,
    readonly supported: number,
  ) {
    super(
      `the data folder ${folder} has format version ${found}, this release supports version ${supported}: ` +
        'start the release that wrote it, or move the folder away to begin with an empty cluster',
    );
  }
}

/** The data folder is another member's, or of another cluster. Nothing in it was touched. */
export class ForeignDataError extends Error {
  override readonly name = 'ForeignDataError';
  constructor(
    readonly folder: string,
    readonly found: string,
    readonly expected: string,
  ) {
    super(
      `the data folder ${folder} belongs to ${found}, this is ${expected}: correct the configuration, or give it a folder of its own`,
    );
  }
}
