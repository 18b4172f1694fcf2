import { type LabelOperator, LabelRequirement } from './label-requirement.ts';
import { SelectorError } from './selector-error.ts';

type TokenKind = LabelOperator | ',' | '(' | ')' | 'identifier' | 'end' | 'error';

interface Token {
  readonly kind: TokenKind;
  readonly text: string;
}

const symbols: Readonly<Record<string, TokenKind>> = {
  ')': ')',
  ',': ',',
  '!': '!',
  '==': '==',
  '=': '=',
  '>': 'gt',
  '<': 'lt',
  '!=': '!=',
  '(': '(',
};
const operators: ReadonlySet<TokenKind> = new Set<TokenKind>(['in', 'notin', '=', '==', '!=', 'gt', 'lt']);
const operatorNames = '"in", "notin", "=", "==", "!=", "gt", "lt"'.replaceAll('"', '');

/** Recursive descent over upstream's grammar of label selectors, with upstream's texts for what does not fit. */
export class LabelSelectorParser {
  private readonly tokens: readonly Token[];
  private at = 0;

  constructor(text: string) {
    this.tokens = scan(text);
  }

  /** Throws `SelectorError`. */
  parse(): LabelRequirement[] {
    const requirements: LabelRequirement[] = [];
    for (;;) {
      const token = this.peekValue();
      if (token.kind === 'end') return requirements;
      if (token.kind !== 'identifier' && token.kind !== '!') {
        throw found(token, "expected: !, identifier, or 'end of string'");
      }
      requirements.push(this.requirementInContext());
      const separator = this.nextValue();
      if (separator.kind === 'end') return requirements;
      if (separator.kind !== ',') throw found(separator, "expected: ',' or 'end of string'");
      const next = this.peekValue();
      if (next.kind !== 'identifier' && next.kind !== '!') throw found(next, "expected: identifier after ','");
    }
  }

  private requirementInContext(): LabelRequirement {
    try {
      return this.requirement();
    } catch (error) {
      if (!(error instanceof SelectorError)) throw error;
      throw new SelectorError(`unable to parse requirement: ${error.message}`, { cause: error });
    }
  }

  private requirement(): LabelRequirement {
    let token = this.nextValue();
    const negated = token.kind === '!';
    if (negated) token = this.nextValue();
    if (token.kind !== 'identifier') throw found(token, 'expected: identifier');
    const key = token.text;
    if (negated) return LabelRequirement.of(key, '!', []);
    const after = this.peekValue();
    if (after.kind === 'end' || after.kind === ',') return LabelRequirement.of(key, 'exists', []);

    const operator = this.operator();
    const values = operator === 'in' || operator === 'notin' ? this.valueSet() : [this.exactValue()];
    return LabelRequirement.of(key, operator, [...new Set(values)].sort());
  }

  private operator(): LabelOperator {
    const token = this.next();
    if (!operators.has(token.kind)) throw found(token, `expected: ${operatorNames}`);
    return token.kind as LabelOperator;
  }

  private valueSet(): string[] {
    const opening = this.nextValue();
    if (opening.kind !== '(') throw found(opening, "expected: '('");
    const first = this.peekValue();
    if (first.kind === ')') {
      this.nextValue();
      return [];
    }
    if (first.kind !== 'identifier' && first.kind !== ',') throw found(first, "expected: ',', ')' or identifier");
    const values = this.valueList();
    const closing = this.nextValue();
    if (closing.kind !== ')') throw found(closing, "expected: ')'");
    return values;
  }

  private valueList(): string[] {
    const values: string[] = [];
    for (;;) {
      const token = this.nextValue();
      const next = this.peekValue();
      if (token.kind === 'identifier') {
        values.push(token.text);
        if (next.kind === ')') return values;
        if (next.kind !== ',') throw found(next, "expected: ',' or ')'");
      } else if (token.kind === ',') {
        if (values.length === 0) values.push('');
        if (next.kind === ')') return [...values, ''];
        if (next.kind === ',') {
          this.nextValue();
          values.push('');
        }
      } else {
        throw found(token, "expected: ',', or identifier");
      }
    }
  }

  private exactValue(): string {
    const next = this.peekValue();
    if (next.kind === 'end' || next.kind === ',') return '';
    const token = this.nextValue();
    if (token.kind !== 'identifier') throw found(token, 'expected: identifier');
    return token.text;
  }

  private next(): Token {
    const token = this.tokens[this.at] ?? endToken;
    this.at++;
    return token;
  }

  /** Where a value or key stands, `in` and `notin` are ordinary words. */
  private nextValue(): Token {
    return asValue(this.next());
  }

  private peekValue(): Token {
    return asValue(this.tokens[this.at] ?? endToken);
  }
}

const endToken: Token = { kind: 'end', text: '' };

function asValue(token: Token): Token {
  return token.kind === 'in' || token.kind === 'notin' ? { kind: 'identifier', text: token.text } : token;
}

function found(token: Token, expectation: string): SelectorError {
  return new SelectorError(`found '${token.text}', ${expectation}`);
}

function scan(text: string): Token[] {
  const tokens: Token[] = [];
  for (const [part] of text.matchAll(/[=!(),<>]+|[^=!(),<>\s]+/g)) {
    if (/^[=!(),<>]/.test(part)) tokens.push(...scanSymbols(part));
    else if (part === 'in' || part === 'notin') tokens.push({ kind: part, text: part });
    else tokens.push({ kind: 'identifier', text: part });
  }
  return tokens;
}

/** The longest symbol first. */
function scanSymbols(run: string): Token[] {
  const tokens: Token[] = [];
  for (let at = 0; at < run.length; ) {
    const text = run.slice(at, at + 2) in symbols ? run.slice(at, at + 2) : run.slice(at, at + 1);
    tokens.push({ kind: symbols[text] ?? 'error', text });
    at += text.length;
  }
  return tokens;
}
