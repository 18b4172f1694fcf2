/** The expression cannot be evaluated with these values; the message is cel-go's: `no such key: a`. */
export class CelRuntimeError extends Error {
  override readonly name = 'CelRuntimeError';
}

/** The expression has used up its budget. */
export class CostExceededError extends CelRuntimeError {
  constructor() {
    super('operation cancelled: actual cost limit exceeded');
  }
}

export function noSuchOverload(): CelRuntimeError {
  return new CelRuntimeError('no such overload');
}
