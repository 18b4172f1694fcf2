/**
 * Why a text is no JSON, in the words of Go's `encoding/json`: the ones that clients of Kubernetes know and that a fault of
 * the JavaScript engine would never give twice. Meant for texts that `JSON.parse` has refused.
 */
export function jsonSyntaxFault(text: string): string {
  // Go ends a text by reading one more blank, and names it where a literal or a number breaks off.
  return new SyntaxScan(`${text} `).fault();
}

type Expected = 'value' | 'firstElement' | 'firstKey' | 'key' | 'colon' | 'end';

const literals: ReadonlyMap<string, string> = new Map([
  ['t', 'true'],
  ['f', 'false'],
  ['n', 'null'],
]);

const escapes: ReadonlyMap<string, string> = new Map([
  ["'", "\\'"],
  ['\\', '\\\\'],
  ['\u0007', '\\a'],
  ['\b', '\\b'],
  ['\t', '\\t'],
  ['\n', '\\n'],
  ['\v', '\\v'],
  ['\f', '\\f'],
  ['\r', '\\r'],
]);

class SyntaxScan {
  private at = 0;
  private expected: Expected = 'value';
  private readonly open: ('object' | 'list')[] = [];

  constructor(private readonly text: string) {}

  fault(): string {
    for (;;) {
      this.skip(/[ \t\r\n]*/y);
      if (this.at >= this.text.length) return 'unexpected end of JSON input';
      const fault = this.step(this.text.charAt(this.at));
      if (fault !== undefined) return fault;
    }
  }

  private step(char: string): string | undefined {
    switch (this.expected) {
      case 'value':
        return this.value(char);
      case 'firstElement':
        return char === ']' ? this.close() : this.value(char);
      case 'firstKey':
        return char === '}' ? this.close() : this.key(char);
      case 'key':
        return this.key(char);
      case 'colon':
        return char === ':' ? this.pass('value') : this.invalid('after object key');
      case 'end':
        return this.afterValue(char);
      default:
        return this.expected satisfies never;
    }
  }

  private value(char: string): string | undefined {
    if (char === '{') return this.enter('object', 'firstKey');
    if (char === '[') return this.enter('list', 'firstElement');
    if (char === '"') return this.string('end');
    const literal = literals.get(char);
    if (literal !== undefined) return this.literal(literal);
    return /[-0-9]/.test(char) ? this.number() : this.invalid('looking for beginning of value');
  }

  private key(char: string): string | undefined {
    return char === '"' ? this.string('colon') : this.invalid('looking for beginning of object key string');
  }

  private afterValue(char: string): string | undefined {
    switch (this.open.at(-1)) {
      case 'object':
        if (char === ',') return this.pass('key');
        return char === '}' ? this.close() : this.invalid('after object key:value pair');
      case 'list':
        if (char === ',') return this.pass('value');
        return char === ']' ? this.close() : this.invalid('after array element');
      default:
        return this.invalid('after top-level value');
    }
  }

  private string(then: Expected): string | undefined {
    this.at += 1;
    for (;;) {
      // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what a string may not hold.
      this.skip(/[^"\\\u0000-\u001f]*/y);
      if (this.at >= this.text.length) return 'unexpected end of JSON input';
      const char = this.text.charAt(this.at);
      if (char === '"') return this.pass(then);
      if (char !== '\\') return this.invalid('in string literal');
      const fault = this.escape();
      if (fault !== undefined) return fault;
    }
  }

  private escape(): string | undefined {
    this.at += 1;
    const char = this.text.charAt(this.at);
    if (!/["\\/bfnrtu]/.test(char)) return this.invalid('in string escape code');
    this.at += 1;
    if (char !== 'u') return undefined;
    const start = this.at;
    this.skip(/[0-9A-Fa-f]{0,4}/y);
    return this.at - start === 4 ? undefined : this.invalid('in \\u hexadecimal character escape');
  }

  private literal(literal: string): string | undefined {
    for (const char of literal) {
      if (this.text.charAt(this.at) !== char) return this.invalid(`in literal ${literal} (expecting '${char}')`);
      this.at += 1;
    }
    this.expected = 'end';
    return undefined;
  }

  private number(): string | undefined {
    this.skip(/-/y);
    if (!this.skip(/0|[1-9][0-9]*/y)) return this.invalid('in numeric literal');
    if (this.skip(/\./y) && !this.skip(/[0-9]+/y)) return this.invalid('after decimal point in numeric literal');
    if (this.skip(/[eE][+-]?/y) && !this.skip(/[0-9]+/y)) return this.invalid('in exponent of numeric literal');
    this.expected = 'end';
    return undefined;
  }

  private enter(kind: 'object' | 'list', then: Expected): undefined {
    this.open.push(kind);
    return this.pass(then);
  }

  private close(): undefined {
    this.open.pop();
    return this.pass('end');
  }

  /** Goes behind the character that was expected. */
  private pass(then: Expected): undefined {
    this.at += 1;
    this.expected = then;
  }

  /** Goes behind what the sticky pattern matches; whether that was anything. */
  private skip(pattern: RegExp): boolean {
    pattern.lastIndex = this.at;
    const length = pattern.exec(this.text)?.[0].length ?? 0;
    this.at += length;
    return length > 0;
  }

  private invalid(where: string): string {
    return `invalid character ${quoted(this.text, this.at)} ${where}`;
  }
}

/** The first UTF-8 byte of the character at `at`, as Go quotes it. */
function quoted(text: string, at: number): string {
  const [byte = 0] = new TextEncoder().encode(String.fromCodePoint(text.codePointAt(at) ?? 0));
  const char = String.fromCharCode(byte);
  const isPlain = byte >= 0x20 && byte !== 0x7f;
  const hex = `\\x${byte.toString(16).padStart(2, '0')}`;
  return `'${escapes.get(char) ?? (isPlain ? char : hex)}'`;
}
