/** Why a patch was refused; the API server answers by it. */
export type PatchErrorReason =
  /** The patch is not of its format: 400. */
  | 'malformed'
  /** The patch has more operations than the API takes: 413. */
  | 'tooLarge'
  /** The patch is well formed but does not fit the object: 422. */
  | 'notApplicable'
  /** A list or map lacks what merging needs: 400. Upstream answers 500, but it is the client's mistake. */
  | 'unmergeable';

/** A patch that cannot be applied. The message is upstream's. */
export class PatchError extends Error {
  override readonly name = 'PatchError';

  constructor(
    readonly reason: PatchErrorReason,
    message: string,
  ) {
    super(message);
  }
}

/** An operation `test` has found another value than it expected. */
export class PatchTestFailedError extends PatchError {}
