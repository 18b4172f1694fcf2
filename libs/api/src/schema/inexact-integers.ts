/** A number of a text that JavaScript cannot hold as it stands there. */
export interface InexactInteger {
  /** Like `spec.containers[0].size`. */
  readonly path: string;
  readonly text: string;
}

// JSON knows no bigint: where one stands in an object it is written as the number that it is.
Object.defineProperty(BigInt.prototype, 'toJSON', {
  configurable: true,
  value(this: bigint): unknown {
    return (JSON as unknown as { rawJSON(text: string): unknown }).rawJSON(String(this));
  },
});

const longDigits = /\d{16}/;
const int64Max = 2n ** 63n - 1n;

/** Only a text with so many digits in a row can hold such a number: looking is cheap. */
export function mayHoldInexactIntegers(text: string): boolean {
  return longDigits.test(text);
}

type SourceReviver = (key: string, value: unknown, context: { readonly source?: string }) => unknown;

const exactly: SourceReviver = (_key, value, { source }) =>
  typeof value === 'number' && source !== undefined && isInexactInteger(source) ? BigInt(source) : value;

/** Parses JSON; an integer that a number would round is a bigint. Throws `SyntaxError`. */
export function parseExactJson(text: string): unknown {
  return mayHoldInexactIntegers(text)
    ? JSON.parse(text, exactly as Parameters<typeof JSON.parse>[1])
    : JSON.parse(text);
}

/**
 * Would an int64 of upstream hold the number exactly, where a JavaScript number does not? Whatever is even larger upstream takes for a float as
 * well. `literal`: a number as JSON writes it.
 */
export function isInexactInteger(literal: string): boolean {
  if (!/^-?\d{16,19}$/.test(literal) || String(Number(literal)) === literal) return false;
  const value = BigInt(literal);
  return value <= int64Max && value >= -int64Max - 1n;
}
