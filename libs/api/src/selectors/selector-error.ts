/** A selector that cannot be parsed; the message is upstream's. The API answers it with `BadRequest`. */
export class SelectorError extends Error {
  override readonly name = 'SelectorError';
}
