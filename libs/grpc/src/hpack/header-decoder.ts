import { decodeHuffman, HuffmanError } from './huffman.ts';
import { STATIC_TABLE } from './static-table.ts';

/** The block cannot be decoded, and with it every later one of the connection. */
export class HeaderBlockError extends Error {
  override readonly name = 'HeaderBlockError';
}

/** Header fields by name; several of one name are joined by a comma. Pseudo-headers keep their colon. */
export type Headers = ReadonlyMap<string, string>;

/** Room of the dynamic table that we grant a peer, in HPACK's bytes: the protocol's default. */
const TABLE_BYTES_MAX = 4_096;
/** What an entry counts beyond its text (RFC 7541, 4.1). */
const ENTRY_OVERHEAD_BYTES = 32;
/** Bytes of all names and values of one block. */
const HEADERS_BYTES_MAX = 64 * 1024;
/** Blocks whose meaning is remembered. */
const KNOWN_BLOCKS_MAX = 64;

/**
 * Decodes the header blocks of one connection in order (RFC 7541). A client sends the same block for each call once the dynamic table has
 * settled; such a block is looked up, not read again.
 */
export class HeaderDecoder {
  /** Newest first. */
  #table: [name: string, value: string][] = [];
  #tableBytes = 0;
  #tableBytesMax = TABLE_BYTES_MAX;
  /** Blocks that changed nothing, with their meaning under the table as it is. */
  readonly #known = new Map<string, Headers>();

  /** Throws `HeaderBlockError`. */
  decode(block: Buffer): Headers {
    const text = block.toString('latin1');
    const known = this.#known.get(text);
    if (known !== undefined) return known;
    const reader = new BlockReader(block);
    const headers = new Map<string, string>();
    let changed = false;
    let bytes = 0;
    while (!reader.done) {
      const field = this.#readField(reader, headers.size === 0);
      changed ||= field.changesTable;
      if (field.name === undefined) continue;
      bytes += field.name.length + field.value.length + ENTRY_OVERHEAD_BYTES;
      if (bytes > HEADERS_BYTES_MAX) throw new HeaderBlockError(`more than ${HEADERS_BYTES_MAX} bytes of headers`);
      const before = headers.get(field.name);
      headers.set(field.name, before === undefined ? field.value : `${before},${field.value}`);
    }
    if (changed) this.#known.clear();
    else if (this.#known.size < KNOWN_BLOCKS_MAX) this.#known.set(text, headers);
    return headers;
  }

  /** One representation (RFC 7541, 6); without a name: a change of the table's size. */
  #readField(reader: BlockReader, first: boolean): { name?: string; value: string; changesTable: boolean } {
    const byte = reader.peek();
    if ((byte & 0x80) !== 0) {
      const [name, value] = this.#entry(reader.integer(7));
      return { name, value, changesTable: false };
    }
    if ((byte & 0xe0) === 0x20) {
      if (!first) throw new HeaderBlockError('the table changes its size behind the first field');
      this.#resize(reader.integer(5));
      return { value: '', changesTable: true };
    }
    const remembered = (byte & 0x40) !== 0;
    const index = reader.integer(remembered ? 6 : 4);
    const name = index === 0 ? reader.text() : this.#entry(index)[0];
    const value = reader.text();
    if (remembered) this.#remember(name, value);
    return { name, value, changesTable: remembered };
  }

  #entry(index: number): readonly [name: string, value: string] {
    const entry = STATIC_TABLE[index - 1] ?? this.#table[index - 1 - STATIC_TABLE.length];
    if (entry === undefined) throw new HeaderBlockError(`there is no header of index ${index}`);
    return entry;
  }

  #remember(name: string, value: string): void {
    this.#table.unshift([name, value]);
    this.#tableBytes += name.length + value.length + ENTRY_OVERHEAD_BYTES;
    this.#evict();
  }

  #resize(bytesMax: number): void {
    if (bytesMax > TABLE_BYTES_MAX) throw new HeaderBlockError(`a table of ${bytesMax} bytes was not granted`);
    this.#tableBytesMax = bytesMax;
    this.#evict();
  }

  #evict(): void {
    while (this.#tableBytes > this.#tableBytesMax) {
      const [name, value] = this.#table.pop() ?? ['', ''];
      this.#tableBytes -= name.length + value.length + ENTRY_OVERHEAD_BYTES;
    }
  }
}

/** Integers and strings of a block (RFC 7541, 5). */
class BlockReader {
  #at = 0;

  constructor(private readonly block: Buffer) {}

  get done(): boolean {
    return this.#at >= this.block.length;
  }

  peek(): number {
    const byte = this.block[this.#at];
    if (byte === undefined) throw new HeaderBlockError('the block ends inside a field');
    return byte;
  }

  integer(prefixBits: number): number {
    const mask = (1 << prefixBits) - 1;
    let value = this.#next() & mask;
    if (value < mask) return value;
    for (let shift = 0; ; shift += 7) {
      if (shift > 21) throw new HeaderBlockError('an integer is too large');
      const byte = this.#next();
      value += (byte & 0x7f) << shift;
      if ((byte & 0x80) === 0) return value;
    }
  }

  text(): string {
    const huffman = (this.peek() & 0x80) !== 0;
    const length = this.integer(7);
    const bytes = this.block.subarray(this.#at, this.#at + length);
    if (bytes.length < length) throw new HeaderBlockError('the block ends inside a string');
    this.#at += length;
    return huffman ? huffmanText(bytes) : bytes.toString('latin1');
  }

  #next(): number {
    const byte = this.peek();
    this.#at++;
    return byte;
  }
}

function huffmanText(bytes: Buffer): string {
  try {
    return decodeHuffman(bytes);
  } catch (error) {
    if (error instanceof HuffmanError) throw new HeaderBlockError(error.message, { cause: error });
    throw error;
  }
}
