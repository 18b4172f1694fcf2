/** A set of fields, or the object that it is about, cannot be understood. The message is upstream's. */
export class ManagedFieldsError extends Error {
  override readonly name = 'ManagedFieldsError';
}
