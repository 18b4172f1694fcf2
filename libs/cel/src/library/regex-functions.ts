import { RE2JS } from 're2js';
import { types } from '../types/cel-type.ts';
import { ListValue } from '../values/list-value.ts';
import { CelRuntimeError } from '../values/runtime-errors.ts';
import { type CelLibrary, fn, method } from './cel-function.ts';

const { bool, int, string } = types;
/** Compiled patterns that are kept. */
const cachedMax = 256;
const compiled = new Map<string, RE2JS>();

/** RE2 throughout: a hostile pattern takes linear time. */
export const regexFunctions: CelLibrary = [
  fn('matches', 'matches', [string, string], bool, matches),
  method('matches', 'matches_string', [string, string], bool, matches),
  method('find', 'string_find_string', [string, string], string, (text: string, pattern: string) => {
    const matcher = regexOf(pattern).matcher(text);
    return matcher.find() ? (matcher.group() ?? '') : '';
  }),
  method('findAll', 'string_find_all_string', [string, string], types.list(string), (text: string, pattern: string) =>
    findAll(text, pattern, -1n),
  ),
  method('findAll', 'string_find_all_string_int', [string, string, int], types.list(string), findAll),
];

/** What is wrong with a pattern, or `undefined`. */
export function regexProblem(pattern: string): string | undefined {
  try {
    regexOf(pattern);
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

function matches(text: string, pattern: string): boolean {
  return regexOf(pattern).matcher(text).find();
}

function findAll(text: string, pattern: string, countMax: bigint): ListValue {
  const found: string[] = [];
  const matcher = regexOf(pattern).matcher(text);
  while ((countMax < 0n || BigInt(found.length) < countMax) && matcher.find()) found.push(matcher.group() ?? '');
  return ListValue.of(found);
}

function regexOf(pattern: string): RE2JS {
  const known = compiled.get(pattern);
  if (known !== undefined) return known;
  let regex: RE2JS;
  try {
    regex = RE2JS.compile(pattern);
  } catch (error) {
    throw new CelRuntimeError(`error parsing regexp: ${error instanceof Error ? error.message : String(error)}`);
  }
  const [oldest] = compiled.keys();
  if (compiled.size >= cachedMax && oldest !== undefined) compiled.delete(oldest);
  compiled.set(pattern, regex);
  return regex;
}
