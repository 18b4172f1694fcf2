/** Why bytes could not be read, or an object not be written, as `application/vnd.kubernetes.protobuf`. */
export type ProtobufErrorReason =
  /** The bytes are not of the format. */
  | 'malformed'
  /** The bytes name a kind, or the object is of one, that has no message. */
  | 'unknownKind'
  /** A value does not have the type that its message says: objects have to be checked before they are written. */
  | 'wrongType';

/** The kind that bytes name, as they name it. */
export interface ClaimedKind {
  readonly apiVersion: string;
  readonly kind: string;
}

/** A failure to read or write protobuf. `claimed` is there as soon as the envelope around the object could be read. */
export class ProtobufError extends Error {
  override readonly name = 'ProtobufError';

  constructor(
    readonly reason: ProtobufErrorReason,
    message: string,
    readonly claimed?: ClaimedKind,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}
