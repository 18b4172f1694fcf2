import { CelCompileError } from './cel-issue.ts';
import type { Literal } from './expression.ts';
import { bytesLiteral, numberLiteral, stringLiteral } from './literals.ts';

export type Token =
  | { readonly kind: 'ident'; readonly text: string; readonly quoted: boolean; readonly offset: number }
  | { readonly kind: 'literal'; readonly literal: Literal; readonly text: string; readonly offset: number }
  | { readonly kind: 'symbol'; readonly text: string; readonly offset: number }
  | { readonly kind: 'end'; readonly text: '<EOF>'; readonly offset: number };

const blank = /[ \t\r\n\f]+|\/\/[^\n]*/uy;
const word = /[_a-zA-Z][_a-zA-Z0-9]*/uy;
const quotedWord = /`[a-zA-Z0-9_.\-/ ]+`/uy;
const number =
  /0x[0-9a-fA-F]+[uU]?|(?:[0-9]+\.[0-9]+|\.[0-9]+)(?:[eE][+-]?[0-9]+)?|[0-9]+[eE][+-]?[0-9]+|[0-9]+[uU]?/uy;
const text =
  /(?:[bB][rR]?|[rR][bB]?)?(?:"""(?:[^\\]|\\[\s\S])*?"""|'''(?:[^\\]|\\[\s\S])*?'''|"(?:[^"\\\r\n]|\\[\s\S])*"|'(?:[^'\\\r\n]|\\[\s\S])*')/uy;
const rawText = /(?:[rR][bB]?|[bB][rR])(?:"""[\s\S]*?"""|'''[\s\S]*?'''|"[^"\r\n]*"|'[^'\r\n]*')/uy;
const symbol = /==|!=|<=|>=|&&|\|\||\.\?|\[\?|[-+*/%<>=!?:.,()[\]{}]/uy;

/** Splits an expression into tokens. Throws `CelCompileError` at the first character that begins none. */
export function tokenize(expression: string): Token[] {
  const tokens: Token[] = [];
  const offsets = new CodePointOffsets(expression);
  let position = 0;
  while (position < expression.length) {
    const skipped = matchAt(blank, expression, position);
    if (skipped !== undefined) {
      position += skipped.length;
      continue;
    }
    const token = readToken(expression, position, offsets.at(position));
    tokens.push(token.token);
    position += token.length;
  }
  tokens.push({ kind: 'end', text: '<EOF>', offset: offsets.at(expression.length) });
  return tokens;
}

function readToken(expression: string, position: number, offset: number): { token: Token; length: number } {
  const string = matchAt(rawText, expression, position) ?? matchAt(text, expression, position);
  if (string !== undefined) {
    const literal = stringOrBytes(expression, string, offset);
    return { token: { kind: 'literal', literal, text: string, offset }, length: string.length };
  }
  const digits = matchAt(number, expression, position);
  if (digits !== undefined) {
    const literal = numberLiteral(digits);
    if (typeof literal === 'string') throw new CelCompileError(expression, [{ offset, message: literal }]);
    return { token: { kind: 'literal', literal, text: digits, offset }, length: digits.length };
  }
  const name = matchAt(word, expression, position);
  if (name !== undefined) return { token: { kind: 'ident', text: name, quoted: false, offset }, length: name.length };
  const quoted = matchAt(quotedWord, expression, position);
  if (quoted !== undefined) {
    return { token: { kind: 'ident', text: quoted.slice(1, -1), quoted: true, offset }, length: quoted.length };
  }
  const sign = matchAt(symbol, expression, position);
  if (sign !== undefined) return { token: { kind: 'symbol', text: sign, offset }, length: sign.length };
  const wrong = String.fromCodePoint(expression.codePointAt(position) ?? 0);
  const shown = /["']/.test(wrong) ? expression.slice(position) : wrong;
  throw new CelCompileError(expression, [
    { offset, message: `Syntax error: token recognition error at: '${shown.replaceAll('\n', '\\n')}'` },
  ]);
}

function stringOrBytes(expression: string, source: string, offset: number): Literal {
  const prefix = /^[a-zA-Z]*/.exec(source)?.[0].toLowerCase() ?? '';
  const body = source.slice(prefix.length);
  const raw = prefix.includes('r');
  const literal = prefix.includes('b') ? bytesLiteral(body, raw) : stringLiteral(body, raw);
  if (typeof literal === 'string') throw new CelCompileError(expression, [{ offset, message: literal }]);
  return literal;
}

function matchAt(pattern: RegExp, expression: string, position: number): string | undefined {
  pattern.lastIndex = position;
  return pattern.exec(expression)?.[0];
}

/** Counts code points up to growing positions, in one pass. */
class CodePointOffsets {
  private position = 0;
  private offset = 0;

  constructor(private readonly text: string) {}

  at(position: number): number {
    while (this.position < position) {
      this.position += (this.text.codePointAt(this.position) ?? 0) > 0xffff ? 2 : 1;
      this.offset += 1;
    }
    return this.offset;
  }
}
