import { badRequest } from '@orrery/api';

export interface IntegerParameter {
  readonly bits: 32 | 64;
}

/** A parameter that is yes or no as Go's clients write it: all but `false` and `0` is yes, also nothing. `undefined` where it is absent. */
export function booleanParameter(query: URLSearchParams, name: string): boolean | undefined {
  const value = query.get(name);
  return value === null ? undefined : value !== '0' && value.toLowerCase() !== 'false';
}

/**
 * A whole number; `undefined` where it is absent. Throws `BadRequest` in the words of upstream's parser. Beyond 2^53 the number is the nearest that
 * there is.
 */
export function integerParameter(query: URLSearchParams, name: string, { bits }: IntegerParameter): number | undefined {
  const text = query.get(name);
  if (text === null) return undefined;
  if (!/^[+-]?\d+$/.test(text)) throw badRequest(parseProblem(text, 'invalid syntax'));
  const value = BigInt(text.replace(/^\+/, ''));
  if (BigInt.asIntN(bits, value) !== value) throw badRequest(parseProblem(text, 'value out of range'));
  return Number(value);
}

function parseProblem(text: string, problem: string): string {
  return `strconv.ParseInt: parsing ${JSON.stringify(text)}: ${problem}`;
}
