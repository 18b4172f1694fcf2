/** What a mutation's expression gives cannot be applied; the failure policy decides. The message is upstream's. */
export class MutationError extends Error {
  override readonly name = 'MutationError';
}
