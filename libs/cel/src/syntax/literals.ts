import type { Literal } from './expression.ts';

const intMin = -(2n ** 63n);
const uintMax = 2n ** 64n - 1n;
const simpleEscapes: Readonly<Record<string, string>> = {
  a: '\x07',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
  '\\': '\\',
  "'": "'",
  '"': '"',
  '`': '`',
  '?': '?',
};
const escapeSequence =
  /\\(?:x([0-9a-fA-F]{2})|X([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|([0-3][0-7]{2})|([\s\S]))/gu;

/** An `int`, `uint` or `double`, or what is wrong with it. An `int` may be 2^63, for the sign that may stand before it. */
export function numberLiteral(text: string): Literal | string {
  if (/^0x/.test(text) || /^[0-9]+[uU]?$/.test(text)) {
    const unsigned = /[uU]$/.test(text);
    const value = BigInt(unsigned ? text.slice(0, -1) : text);
    if (unsigned) return value > uintMax ? 'invalid uint literal' : { type: 'uint', value };
    return value > -intMin ? 'invalid int literal' : { type: 'int', value };
  }
  const value = Number(text);
  return Number.isFinite(value) ? { type: 'double', value } : 'invalid double literal';
}

/** The string between quotes, or what is wrong with it. */
export function stringLiteral(quoted: string, raw: boolean): Literal | string {
  const body = unquote(quoted);
  if (raw) return { type: 'string', value: body };
  let problem: string | undefined;
  const value = body.replace(escapeSequence, (found, x, bigX, u, bigU, octal, simple) => {
    const digits = x ?? bigX ?? u ?? bigU;
    if (digits === undefined && octal === undefined) {
      const known = simpleEscapes[simple];
      if (known === undefined) problem = 'unable to unescape string';
      return known ?? found;
    }
    const code = octal === undefined ? Number.parseInt(digits, 16) : Number.parseInt(octal, 8);
    if (code > 0x10ffff || (code >= 0xd800 && code < 0xe000)) problem = 'invalid unicode code point';
    return problem === undefined ? String.fromCodePoint(code) : found;
  });
  return problem === undefined ? { type: 'string', value } : `invalid string literal: ${problem}`;
}

/** The bytes between quotes: escapes with two or three digits are bytes, everything else is UTF-8. */
export function bytesLiteral(quoted: string, raw: boolean): Literal | string {
  const body = unquote(quoted);
  const encoder = new TextEncoder();
  if (raw) return { type: 'bytes', value: encoder.encode(body) };
  const bytes: number[] = [];
  let last = 0;
  for (const match of body.matchAll(escapeSequence)) {
    bytes.push(...encoder.encode(body.slice(last, match.index)));
    const [found, x, bigX, u, bigU, octal, simple = ''] = match;
    if (u !== undefined || bigU !== undefined) return 'invalid bytes literal: unable to unescape string';
    const digits = x ?? bigX;
    if (digits !== undefined) bytes.push(Number.parseInt(digits, 16));
    else if (octal !== undefined) bytes.push(Number.parseInt(octal, 8));
    else {
      const known = simpleEscapes[simple];
      if (known === undefined) return 'invalid bytes literal: unable to unescape string';
      bytes.push(...encoder.encode(known));
    }
    last = match.index + found.length;
  }
  bytes.push(...encoder.encode(body.slice(last)));
  return { type: 'bytes', value: Uint8Array.from(bytes) };
}

function unquote(quoted: string): string {
  const width = quoted.startsWith('"""') || quoted.startsWith("'''") ? 3 : 1;
  return quoted.slice(width, -width).replaceAll('\r\n', '\n');
}
