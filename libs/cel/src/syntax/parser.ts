import { CelCompileError } from './cel-issue.ts';
import type {
  Expression,
  MapEntry,
  MapExpression,
  SelectExpression,
  StructExpression,
  StructField,
} from './expression.ts';
import { type Token, tokenize } from './lexer.ts';
import { expandMacro, MacroError } from './macros.ts';
import { NodeBuilder, nestingMax, tooDeep } from './node-builder.ts';

/** Longest expression that is read, in code points: cel-go's limit. */
const lengthMax = 100_000;

const reserved: ReadonlySet<string> = new Set(
  'as break const continue else for function if import let loop package namespace return var void while'.split(' '),
);
const keywords: ReadonlySet<string> = new Set(['true', 'false', 'null', 'in']);
const relations: ReadonlySet<string> = new Set(['<', '<=', '>', '>=', '==', '!=']);
const expressionStart =
  "{'[', '{', '(', '.', '-', '!', 'true', 'false', 'null', NUM_FLOAT, NUM_INT, NUM_UINT, STRING, BYTES, IDENTIFIER}";

/** Parses an expression, macros expanded. Throws `CelCompileError`. */
export function parse(source: string): Expression {
  const length = [...source].length;
  if (length > lengthMax) {
    const message = `expression code point size exceeds limit: size: ${length}, limit ${lengthMax}`;
    throw new CelCompileError(source, [{ offset: 0, message }]);
  }
  return new Parser(source).parse();
}

class Parser {
  private readonly tokens: readonly Token[];
  private readonly build: NodeBuilder;
  private position = 0;
  private nesting = 0;

  constructor(private readonly source: string) {
    this.tokens = tokenize(source);
    this.build = new NodeBuilder(source);
  }

  parse(): Expression {
    const expression = this.expression();
    if (this.token.kind !== 'end') throw this.unexpected('<EOF>');
    return expression;
  }

  private expression(): Expression {
    return this.nested(() => {
      const condition = this.logical('||');
      const { offset } = this.token;
      if (!this.accept('?')) return condition;
      const whenTrue = this.logical('||');
      this.expect(':');
      return this.build.call(offset, '_?_:_', condition, whenTrue, this.expression());
    });
  }

  /** Chains of `||` and `&&` become balanced trees, so that long ones stay flat. */
  private logical(operator: '||' | '&&'): Expression {
    const next = (): Expression => (operator === '||' ? this.logical('&&') : this.relation());
    const terms = [next()];
    const offsets: number[] = [];
    for (;;) {
      const { offset } = this.token;
      if (!this.accept(operator)) return this.balanced(`_${operator}_`, terms, offsets, 0, terms.length - 1);
      offsets.push(offset);
      terms.push(next());
    }
  }

  private balanced(
    name: string,
    terms: readonly Expression[],
    offsets: readonly number[],
    from: number,
    to: number,
  ): Expression {
    if (from === to) return terms[from] as Expression;
    const middle = Math.floor((from + to) / 2);
    const left = this.balanced(name, terms, offsets, from, middle);
    const right = this.balanced(name, terms, offsets, middle + 1, to);
    return this.build.call(offsets[middle] ?? 0, name, left, right);
  }

  private relation(): Expression {
    let left = this.sum();
    for (;;) {
      const { text, offset } = this.token;
      if (this.isSymbol() && relations.has(text)) {
        this.advance();
        left = this.build.call(offset, `_${text}_`, left, this.sum());
      } else if (this.isWord('in')) {
        this.advance();
        left = this.build.call(offset, '@in', left, this.sum());
      } else return left;
    }
  }

  private sum(): Expression {
    return this.leftChain(['+', '-'], () => this.product());
  }

  private product(): Expression {
    return this.leftChain(['*', '/', '%'], () => this.unary());
  }

  private leftChain(operators: readonly string[], operand: () => Expression): Expression {
    let left = operand();
    while (this.isSymbol() && operators.includes(this.token.text)) {
      const { text, offset } = this.token;
      this.advance();
      left = this.build.call(offset, `_${text}_`, left, operand());
    }
    return left;
  }

  private unary(): Expression {
    const { text, offset } = this.token;
    if (!this.isSymbol() || (text !== '!' && text !== '-')) return this.member();
    let count = 0;
    while (this.accept(text)) count += 1;
    const literal = text === '-' && count % 2 === 1 ? this.negativeLiteral(offset) : undefined;
    const operand = literal === undefined ? this.member() : this.memberOf(literal);
    if (literal !== undefined || count % 2 === 0) return operand;
    return this.build.call(offset, text === '!' ? '!_' : '-_', operand);
  }

  private negativeLiteral(offset: number): Expression | undefined {
    const { token } = this;
    if (token.kind !== 'literal') return undefined;
    const { literal } = token;
    if (literal.type === 'int') {
      this.advance();
      return this.build.literal(offset, { type: 'int', value: -literal.value });
    }
    if (literal.type !== 'double') return undefined;
    this.advance();
    return this.build.literal(offset, { type: 'double', value: -literal.value });
  }

  private member(): Expression {
    return this.memberOf(this.primary());
  }

  private memberOf(start: Expression): Expression {
    let operand = start;
    for (;;) {
      const { offset } = this.token;
      if (this.accept('.')) operand = this.selection(operand, offset);
      else if (this.accept('.?')) operand = this.optionalSelection(operand, offset);
      else if (this.accept('[')) operand = this.index(operand, offset, '_[_]');
      else if (this.accept('[?')) operand = this.index(operand, offset, '_[?_]');
      else return operand;
    }
  }

  private selection(operand: Expression, offset: number): Expression {
    const { offset: nameOffset } = this.token;
    const quoted = this.token.kind === 'ident' && this.token.quoted;
    const field = this.fieldName();
    const { offset: open } = this.token;
    if (!quoted && this.accept('(')) return this.callOf(open, field, operand, nameOffset);
    return this.build.node<SelectExpression>({ kind: 'select', offset, operand, field, testOnly: false }, [operand]);
  }

  private optionalSelection(operand: Expression, offset: number): Expression {
    const { offset: nameOffset } = this.token;
    const field = this.build.literal(nameOffset, { type: 'string', value: this.fieldName() });
    return this.build.call(offset, '_?._', operand, field);
  }

  private index(operand: Expression, offset: number, name: '_[_]' | '_[?_]'): Expression {
    const key = this.expression();
    this.expect(']');
    return this.build.call(offset, name, operand, key);
  }

  private primary(): Expression {
    const { token } = this;
    const { offset } = token;
    if (token.kind === 'literal') {
      this.advance();
      if (token.literal.type === 'int' && token.literal.value === 2n ** 63n)
        throw this.issue(offset, 'invalid int literal');
      return this.build.literal(offset, token.literal);
    }
    if (token.kind === 'ident') return this.named();
    if (this.accept('(')) {
      const expression = this.expression();
      this.expect(')');
      return expression;
    }
    if (this.accept('[')) return this.listLiteral(offset);
    if (this.accept('[?')) return this.listLiteral(offset, true);
    if (this.accept('{')) return this.mapLiteral(offset);
    if (token.text === '.') return this.named();
    throw this.unexpected(expressionStart);
  }

  /** A constant, a variable, a call, or a struct: `Object.spec{…}`. */
  private named(): Expression {
    const { offset, text, kind } = this.token;
    if (kind === 'ident' && keywords.has(text)) return this.keyword();
    const leading = this.accept('.');
    const name = this.identifier();
    const typeName = this.structTypeName(name);
    if (typeName !== undefined) return this.structLiteral(typeName);
    const { offset: open } = this.token;
    if (this.accept('(')) return this.callOf(open, name, undefined, offset);
    if (reserved.has(name)) throw this.issue(offset, `reserved identifier: ${name}`);
    return this.build.ident(offset, leading ? `.${name}` : name);
  }

  private keyword(): Expression {
    const { offset, text } = this.token;
    if (text === 'in') throw this.unexpected(expressionStart);
    this.advance();
    return this.build.literal(
      offset,
      text === 'null' ? { type: 'null', value: null } : { type: 'bool', value: text === 'true' },
    );
  }

  /** Looks ahead for `.a.b{`, and moves there where it is found. */
  private structTypeName(first: string): string | undefined {
    let ahead = this.position;
    const parts = [first];
    for (;;) {
      const token = this.tokens[ahead];
      if (token?.kind === 'symbol' && token.text === '{') break;
      const name = this.tokens[ahead + 1];
      if (token?.kind !== 'symbol' || token.text !== '.' || name?.kind !== 'ident') return undefined;
      parts.push(name.text);
      ahead += 2;
    }
    this.position = ahead;
    return parts.join('.');
  }

  private callOf(open: number, name: string, target: Expression | undefined, nameOffset: number): Expression {
    const args = this.list(')', () => this.expression());
    try {
      const expanded = expandMacro({ offset: open, name, target, args }, this.build);
      if (expanded !== undefined) return expanded;
    } catch (error) {
      if (error instanceof MacroError) throw this.issue(error.offset, error.message);
      throw error;
    }
    if (target === undefined && reserved.has(name)) throw this.issue(nameOffset, `reserved identifier: ${name}`);
    return target === undefined ? this.build.call(open, name, ...args) : this.build.method(open, target, name, ...args);
  }

  private listLiteral(offset: number, firstIsOptional = false): Expression {
    const optional = new Set<number>();
    let count = 0;
    const elements = this.list(']', () => {
      if ((count === 0 && firstIsOptional) || this.accept('?')) optional.add(count);
      count += 1;
      return this.expression();
    });
    return this.build.list(offset, elements, optional);
  }

  private mapLiteral(offset: number): Expression {
    const entries = this.list('}', (): MapEntry => {
      const optional = this.accept('?');
      const key = this.expression();
      this.expect(':');
      return { key, value: this.expression(), optional };
    });
    const children = entries.flatMap(({ key, value }) => [key, value]);
    return this.build.node<MapExpression>({ kind: 'map', offset, entries }, children);
  }

  private structLiteral(typeName: string): Expression {
    const { offset } = this.token;
    this.expect('{');
    const fields = this.list('}', (): StructField => {
      const optional = this.accept('?');
      const name = this.fieldName();
      const { offset: colon } = this.token;
      this.expect(':');
      return { name, offset: colon, value: this.expression(), optional };
    });
    return this.build.node<StructExpression>(
      { kind: 'struct', offset, typeName, fields },
      fields.map((field) => field.value),
    );
  }

  /** Items up to `close`, with commas between them and maybe one behind the last. */
  private list<T>(close: ')' | ']' | '}', item: () => T): T[] {
    const items: T[] = [];
    while (!this.accept(close)) {
      items.push(item());
      if (this.accept(',')) {
        if (close === ')' && this.isSymbol() && this.token.text === ')') throw this.unexpected(expressionStart);
        continue;
      }
      this.expect(close);
      break;
    }
    return items;
  }

  private nested<T>(parse: () => T): T {
    this.nesting += 1;
    if (this.nesting > nestingMax) throw tooDeep(this.source, this.token.offset);
    const result = parse();
    this.nesting -= 1;
    return result;
  }

  private get token(): Token {
    return this.tokens[this.position] as Token;
  }

  private advance(): void {
    this.position += 1;
  }

  private isSymbol(): boolean {
    return this.token.kind === 'symbol';
  }

  private isWord(word: string): boolean {
    return this.token.kind === 'ident' && !this.token.quoted && this.token.text === word;
  }

  private accept(symbol: string): boolean {
    if (!this.isSymbol() || this.token.text !== symbol) return false;
    this.advance();
    return true;
  }

  private expect(symbol: string): void {
    if (!this.accept(symbol)) throw this.unexpected(`'${symbol}'`);
  }

  private identifier(): string {
    const { token } = this;
    if (token.kind !== 'ident' || token.quoted) throw this.unexpected('IDENTIFIER');
    this.advance();
    return token.text;
  }

  private fieldName(): string {
    const { token } = this;
    if (token.kind !== 'ident' || (!token.quoted && keywords.has(token.text))) throw this.unexpected('IDENTIFIER');
    this.advance();
    return token.text;
  }

  private unexpected(expected: string): CelCompileError {
    return this.issue(this.token.offset, `Syntax error: mismatched input '${this.token.text}' expecting ${expected}`);
  }

  private issue(offset: number, message: string): CelCompileError {
    return new CelCompileError(this.source, [{ offset, message }]);
  }
}
