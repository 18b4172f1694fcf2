import { type InexactInteger, isInexactInteger, mayHoldInexactIntegers } from './inexact-integers.ts';
import { jsonSyntaxFault } from './json-syntax-fault.ts';

/** Objects and lists inside of each other. Go's decoder takes 10,000; here, what comes after walks objects by recursion. */
const nestingMax = 1_000;

/** A parsed text, with the fields that it gives more than once. */
export interface StrictJson {
  readonly value: unknown;
  /** Paths like `spec.containers[0].image`, each once, in the order of the text. */
  readonly duplicateFields: readonly string[];
  /** Integers that `value` does not hold as the text gives them. */
  readonly inexactIntegers: readonly InexactInteger[];
}

/** Parses JSON and finds repeated fields, of which `JSON.parse` silently takes the last. Throws `SyntaxError` in Go's words. */
export function parseJsonStrict(text: string): StrictJson {
  const value = parsed(text);
  const plain = keysOfText(text) === keysOf(value) && !mayHoldInexactIntegers(text);
  return { value, ...(plain ? { duplicateFields: [], inexactIntegers: [] } : findingsIn(text)) };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new SyntaxError(jsonSyntaxFault(text), { cause });
  }
}

/** Keys of all objects in a value: as many as in its text, unless some stand there twice. Throws `SyntaxError` for what is too deep. */
function keysOf(value: unknown, depth = 1): number {
  if (typeof value !== 'object' || value === null) return 0;
  if (depth > nestingMax) throw new SyntaxError('exceeded max depth');
  if (Array.isArray(value)) return value.reduce<number>((sum, item) => sum + keysOf(item, depth + 1), 0);
  const children = Object.values(value);
  return children.reduce<number>((sum, child) => sum + keysOf(child, depth + 1), children.length);
}

const quote = 0x22;
const backslash = 0x5c;
const colon = 0x3a;
const blank = 0x20;

/** Strings with a colon behind them, in a text that is known to be JSON. */
function keysOfText(text: string): number {
  let count = 0;
  for (let start = text.indexOf('"'); start >= 0; ) {
    let end = text.indexOf('"', start + 1);
    while (isEscaped(text, end)) end = text.indexOf('"', end + 1);
    let behind = end + 1;
    while (text.charCodeAt(behind) <= blank) behind += 1;
    if (text.charCodeAt(behind) === colon) count += 1;
    start = text.charCodeAt(behind) === quote ? behind : text.indexOf('"', behind);
  }
  return count;
}

function isEscaped(text: string, at: number): boolean {
  let first = at;
  while (text.charCodeAt(first - 1) === backslash) first -= 1;
  return (at - first) % 2 === 1;
}

/** An object or list that the scan stands in. */
interface Frame {
  /** `undefined` for a list. */
  readonly keys: Set<string> | undefined;
  readonly path: string;
  key: string;
  index: number;
}

/** One pass over the tokens of a text that is known to be JSON. */
function findingsIn(text: string): Omit<StrictJson, 'value'> {
  const duplicates = new Set<string>();
  const inexactIntegers: InexactInteger[] = [];
  const frames: Frame[] = [];
  let awaitsKey = false;
  for (const [token] of text.matchAll(/"(?:[^"\\]|\\.)*"|[{}[\],]|-?\d[\d.eE+-]*/g)) {
    const frame = frames.at(-1);
    if (token === '{' || token === '[') {
      const keys = token === '{' ? new Set<string>() : undefined;
      frames.push({ keys, path: frame ? placeOf(frame) : '', key: '', index: 0 });
      awaitsKey = token === '{';
    } else if (token === '}' || token === ']') {
      frames.pop();
      awaitsKey = false;
    } else if (token === ',') {
      if (frame && !frame.keys) frame.index++;
      awaitsKey = frame?.keys !== undefined;
    } else if (isInexactInteger(token)) {
      inexactIntegers.push({ path: frame ? placeOf(frame) : '', text: token });
    } else if (awaitsKey && frame?.keys) {
      frame.key = JSON.parse(token) as string;
      if (frame.keys.has(frame.key)) duplicates.add(placeOf(frame));
      frame.keys.add(frame.key);
      awaitsKey = false;
    }
  }
  return { duplicateFields: [...duplicates], inexactIntegers };
}

function placeOf({ keys, path, key, index }: Frame): string {
  if (!keys) return `${path}[${index}]`;
  return path === '' ? key : `${path}.${key}`;
}
