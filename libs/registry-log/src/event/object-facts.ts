/** What the registry log says about an object besides its bytes; empty where the object does not say. */
export interface ObjectFacts {
  /** `apiVersion` without its group. */
  readonly version: string;
  readonly uid: string;
  /** `spec.nodeName`; only read where it was asked for. */
  readonly nodeName: string;
}

const NO_FACTS: ObjectFacts = { version: '', uid: '', nodeName: '' };

/**
 * Finds the facts in stored JSON without parsing all of it: values that do not matter are stepped over byte by byte, and the search ends with the
 * last fact. Storage takes any bytes; what is no JSON object has no facts.
 */
export function readObjectFacts(stored: Uint8Array, withNodeName: boolean): ObjectFacts {
  try {
    return scanObject(new JsonScanner(stored), withNodeName);
  } catch (error) {
    if (error instanceof SyntaxError) return NO_FACTS;
    throw error;
  }
}

function scanObject(scanner: JsonScanner, withNodeName: boolean): ObjectFacts {
  let version: string | undefined;
  let uid: string | undefined;
  let nodeName = withNodeName ? undefined : '';
  for (const name of scanner.fields()) {
    if (name === 'apiVersion') version = afterSlash(scanner.text() ?? '');
    else if (name === 'metadata') uid = textField(scanner, 'uid');
    else if (name === 'spec' && withNodeName) nodeName = textField(scanner, 'nodeName');
    else scanner.skip();
    if (version !== undefined && uid !== undefined && nodeName !== undefined) break;
  }
  return { version: version ?? '', uid: uid ?? '', nodeName: nodeName ?? '' };
}

/** One field of the object that comes next, all of which is read; empty where it is no text. */
function textField(scanner: JsonScanner, wanted: string): string {
  let found = '';
  for (const name of scanner.fields()) {
    if (name === wanted) found = scanner.text() ?? '';
    else scanner.skip();
  }
  return found;
}

function afterSlash(apiVersion: string): string {
  return apiVersion.slice(apiVersion.indexOf('/') + 1);
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;
const OPEN_BRACKET = 0x5b;
const CLOSE_BRACKET = 0x5d;
const COMMA = 0x2c;
const COLON = 0x3a;
const SPACE = 0x20;

/** Walks over JSON. Whoever has been given a field's name has to take its value, by `text`, `skip` or `fields`, before asking for the next. */
class JsonScanner {
  #at = 0;
  readonly #bytes: Buffer;

  constructor(bytes: Uint8Array) {
    this.#bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  /** Names of the fields of the object that comes next; none, with the value stepped over, where it is no object. */
  *fields(): Generator<string> {
    if (this.#peek() !== OPEN_BRACE) return this.skip();
    this.#at++;
    if (this.#peek() === CLOSE_BRACE) {
      this.#at++;
      return;
    }
    for (;;) {
      const name = this.#string();
      if (this.#peek() !== COLON) throw new SyntaxError('a colon is missing');
      this.#at++;
      yield name;
      const next = this.#peek();
      this.#at++;
      if (next === CLOSE_BRACE) return;
      if (next !== COMMA) throw new SyntaxError('a comma is missing');
    }
  }

  /** The next value; `undefined`, with the value stepped over, where it is no string. */
  text(): string | undefined {
    if (this.#peek() === QUOTE) return this.#string();
    this.skip();
    return undefined;
  }

  /** Steps over the next value. */
  skip(): void {
    const first = this.#peek();
    if (first === QUOTE) this.#stepOverString();
    else if (first === OPEN_BRACE || first === OPEN_BRACKET) this.#stepOverNested();
    else this.#stepOverScalar();
  }

  #string(): string {
    if (this.#peek() !== QUOTE) throw new SyntaxError('a string is missing');
    const start = this.#at;
    const hasEscapes = this.#stepOverString();
    if (!hasEscapes) return this.#bytes.toString('utf8', start + 1, this.#at - 1);
    return JSON.parse(this.#bytes.toString('utf8', start, this.#at)) as string;
  }

  /** Whether it holds escapes. */
  #stepOverString(): boolean {
    const bytes = this.#bytes;
    let hasEscapes = false;
    for (let at = this.#at + 1; at < bytes.length; at++) {
      const byte = bytes[at];
      if (byte === BACKSLASH) {
        hasEscapes = true;
        at++;
      } else if (byte === QUOTE) {
        this.#at = at + 1;
        return hasEscapes;
      }
    }
    throw new SyntaxError('a string does not end');
  }

  #stepOverNested(): void {
    const bytes = this.#bytes;
    let depth = 0;
    while (this.#at < bytes.length) {
      const byte = bytes[this.#at];
      if (byte === QUOTE) {
        this.#stepOverString();
        continue;
      }
      this.#at++;
      if (byte === OPEN_BRACE || byte === OPEN_BRACKET) depth++;
      else if ((byte === CLOSE_BRACE || byte === CLOSE_BRACKET) && --depth === 0) return;
    }
    throw new SyntaxError('an object or a list does not end');
  }

  #stepOverScalar(): void {
    const start = this.#at;
    for (let byte = this.#bytes[start]; byte !== undefined && !endsScalar(byte); byte = this.#bytes[this.#at])
      this.#at++;
    if (this.#at === start) throw new SyntaxError('a value is missing');
  }

  /** The next byte that is no white space. */
  #peek(): number | undefined {
    let byte = this.#bytes[this.#at];
    while (byte !== undefined && byte <= SPACE) byte = this.#bytes[++this.#at];
    return byte;
  }
}

function endsScalar(byte: number): boolean {
  return byte === COMMA || byte === CLOSE_BRACE || byte === CLOSE_BRACKET || byte <= SPACE;
}
