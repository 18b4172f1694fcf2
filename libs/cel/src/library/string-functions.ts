import { types } from '../types/cel-type.ts';
import type { CelValue } from '../values/cel-value.ts';
import { ListValue } from '../values/list-value.ts';
import { CelRuntimeError } from '../values/runtime-errors.ts';
import { type CelLibrary, fn, method } from './cel-function.ts';
import { formatText } from './format-text.ts';

const { bool, int, string } = types;
const strings = types.list(string);

/** Strings of the standard and of cel-go's extension, version 2. Positions count code points. */
export const stringFunctions: CelLibrary = [
  method('contains', 'contains_string', [string, string], bool, (text: string, part: string) => text.includes(part)),
  method('startsWith', 'starts_with_string', [string, string], bool, (text: string, part: string) =>
    text.startsWith(part),
  ),
  method('endsWith', 'ends_with_string', [string, string], bool, (text: string, part: string) => text.endsWith(part)),
  method('charAt', 'string_char_at_int', [string, int], string, charAt),
  method('indexOf', 'string_index_of_string', [string, string], int, (text: string, part: string) =>
    indexOf(text, part, 0n),
  ),
  method('indexOf', 'string_index_of_string_int', [string, string, int], int, indexOf),
  method('lastIndexOf', 'string_last_index_of_string', [string, string], int, (text: string, part: string) =>
    lastIndexOf([...text], [...part], [...text].length - [...part].length),
  ),
  method('lastIndexOf', 'string_last_index_of_string_int', [string, string, int], int, lastIndexUpTo),
  method('lowerAscii', 'string_lower_ascii', [string], string, (text: string) =>
    text.replace(/[A-Z]+/g, (part) => part.toLowerCase()),
  ),
  method('upperAscii', 'string_upper_ascii', [string], string, (text: string) =>
    text.replace(/[a-z]+/g, (part) => part.toUpperCase()),
  ),
  method(
    'replace',
    'string_replace_string_string',
    [string, string, string],
    string,
    (text: string, from: string, to: string) => replace(text, from, to, -1n),
  ),
  method('replace', 'string_replace_string_string_int', [string, string, string, int], string, replace),
  method('split', 'string_split_string', [string, string], strings, (text: string, separator: string) =>
    split(text, separator, -1n),
  ),
  method('split', 'string_split_string_int', [string, string, int], strings, split),
  method('substring', 'string_substring_int', [string, int], string, (text: string, start: bigint) =>
    substring(text, start, BigInt([...text].length)),
  ),
  method('substring', 'string_substring_int_int', [string, int, int], string, substring),
  method('trim', 'string_trim', [string], string, (text: string) =>
    text.replace(/^[\p{White_Space}]+|[\p{White_Space}]+$/gu, ''),
  ),
  method('join', 'list_join', [strings], string, (list: ListValue) => join(list, '')),
  method('join', 'list_join_string', [strings, string], string, join),
  method('format', 'string_format', [string, types.list(types.dyn)], string, formatText),
  fn('strings.quote', 'strings_quote', [string], string, quote),
];

function charAt(text: string, index: bigint): string {
  const characters = [...text];
  if (index < 0n || index > BigInt(characters.length)) throw new CelRuntimeError(`index out of range: ${index}`);
  return characters[Number(index)] ?? '';
}

function indexOf(text: string, part: string, from: bigint): bigint {
  const characters = [...text];
  if (from < 0n || from > BigInt(characters.length)) {
    if (part === '' && from >= 0n) return from;
    throw new CelRuntimeError(`index out of range: ${from}`);
  }
  if (part === '') return from;
  const before = characters.slice(0, Number(from)).join('');
  const found = text.indexOf(part, before.length);
  return found === -1 ? -1n : BigInt([...text.slice(0, found)].length);
}

function lastIndexUpTo(text: string, part: string, from: bigint): bigint {
  const characters = [...text];
  const wanted = [...part];
  if (part !== '' && (from < 0n || from >= BigInt(characters.length)))
    throw new CelRuntimeError(`index out of range: ${from}`);
  return lastIndexOf(characters, wanted, Math.min(Number(from), characters.length - wanted.length));
}

function lastIndexOf(characters: readonly string[], part: readonly string[], from: number): bigint {
  for (let index = from; index >= 0; index -= 1) {
    if (part.every((character, offset) => characters[index + offset] === character)) return BigInt(index);
  }
  return -1n;
}

function replace(text: string, from: string, to: string, count: bigint): string {
  if (count === 0n) return text;
  const parts = from === '' ? ['', ...text, ''] : text.split(from);
  const changes = count < 0n ? parts.length - 1 : Math.min(Number(count), parts.length - 1);
  if (from === '') return replaceBetween([...text], to, changes);
  return (
    parts.slice(0, changes + 1).join(to) +
    parts
      .slice(changes + 1)
      .map((part) => from + part)
      .join('')
  );
}

/** Go puts the replacement of nothing before each character, and behind the last. */
function replaceBetween(characters: readonly string[], to: string, changes: number): string {
  const head = characters.slice(0, changes).map((character) => to + character);
  const last = changes > characters.length ? to : '';
  return head.join('') + characters.slice(changes).join('') + last;
}

function split(text: string, separator: string, count: bigint): ListValue {
  if (count === 0n) return ListValue.of([]);
  const parts = separator === '' ? [...text] : text.split(separator);
  if (count < 0n || BigInt(parts.length) <= count) return ListValue.of(parts);
  const kept = parts.slice(0, Number(count) - 1);
  return ListValue.of([...kept, parts.slice(Number(count) - 1).join(separator)]);
}

function substring(text: string, start: bigint, end: bigint): string {
  const characters = [...text];
  const length = BigInt(characters.length);
  if (start > end) throw new CelRuntimeError(`invalid substring range. start: ${start}, end: ${end}`);
  if (start < 0n || start > length) throw new CelRuntimeError(`index out of range: ${start}`);
  if (end < 0n || end > length) throw new CelRuntimeError(`index out of range: ${end}`);
  return characters.slice(Number(start), Number(end)).join('');
}

function join(list: ListValue, separator: string): string {
  return [...list]
    .map((item: CelValue) => {
      if (typeof item !== 'string') throw new CelRuntimeError('no such overload');
      return item;
    })
    .join(separator);
}

const quoteEscapes: Readonly<Record<string, string>> = {
  '\x07': '\\a',
  '\b': '\\b',
  '\f': '\\f',
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
  '\v': '\\v',
  '\\': '\\\\',
  '"': '\\"',
};

/** A string literal that means the text. */
export function quote(text: string): string {
  const body = [...text].map((character) => quoteEscapes[character] ?? character).join('');
  return `"${body.toWellFormed()}"`;
}
