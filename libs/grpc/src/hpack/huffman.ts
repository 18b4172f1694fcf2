/**
 * Lengths of the codes of RFC 7541, appendix B, by symbol; 256 is the end of the string. The code is canonical: codes of one length count up
 * with the symbol, and longer ones follow shorter ones, so the lengths say it all. Runs are written as `length*count`.
 */
const CODE_LENGTHS =
  '13 23 28*7 24 30 28*2 30 28*8 30 28*9 6 10 10 12 13 6 8 11 10 10 8 11 8 6 6 6 5*3 6*7 7 8 15 6 12 10 13 6 7*22 8 7 8 13 19 13 14 6 ' +
  '15 5 6 5 6 5 6*3 5 7 7 6*3 5 6 7 6 5 5 6 7*5 15 11 14 13 28 20 22 20 20 22*3 23 22 23*5 24 23 24 24 22 23 24 23*4 21 22 23 22 23 23 24 22 ' +
  '21 20 22 22 23 23 21 23 22 22 24 21 22 23 23 21 21 22 21 23 22 23 23 20 22*3 23 22 22 23 26 26 20 19 22 23 22 25 26*3 27 27 26 24 25 19 ' +
  '21 26 27 27 26 27 24 21 21 26 26 28 27*3 20 24 20 21 22 21 21 23 22 22 25 25 24 24 26 23 26 27 26 26 27*5 28 27*5 26 30';

const END_OF_STRING = 256;
/** Padding is shorter than a byte and made of the first bits of the end of string, which are ones. */
const PADDING_BITS_MAX = 7;

/** The string is no Huffman code, or its padding is wrong (RFC 7541, 5.2). */
export class HuffmanError extends Error {
  override readonly name = 'HuffmanError';
}

/** Undoes HPACK's Huffman code. Throws `HuffmanError`. */
export function decodeHuffman(bytes: Uint8Array): string {
  const symbols: number[] = [];
  let node = 0;
  /** Bits since the last symbol, and whether all of them were ones. */
  let bits = 0;
  let ones = true;
  for (const byte of bytes) {
    for (let bit = 7; bit >= 0; bit--) {
      const value = (byte >>> bit) & 1;
      const next = TREE[node * 2 + value] as number;
      bits++;
      ones &&= value === 1;
      if (next > 0) {
        node = next;
        continue;
      }
      const symbol = -next - 1;
      if (symbol === END_OF_STRING) throw new HuffmanError('the end of string stands inside a string');
      symbols.push(symbol);
      node = 0;
      bits = 0;
      ones = true;
    }
  }
  if (bits > PADDING_BITS_MAX || !ones) throw new HuffmanError('the padding is wrong');
  return Buffer.from(symbols).toString('latin1');
}

/** Lengths of all 257 codes, in bits. */
export function codeLengths(): number[] {
  return CODE_LENGTHS.split(' ').flatMap((run) => {
    const [length = 0, count = 1] = run.split('*').map(Number);
    return Array.from({ length: count }, () => length);
  });
}

/** A binary tree: the children of node n stand at 2n and 2n + 1; a positive child is a node, a negative one is symbol -child - 1. */
const TREE = buildTree(codeLengths());

function buildTree(lengths: readonly number[]): Int16Array {
  const order = lengths
    .map((length, symbol) => ({ length, symbol }))
    .sort((a, b) => a.length - b.length || a.symbol - b.symbol);
  const tree = new Int16Array(lengths.length * 2);
  let nodes = 1;
  let code = 0;
  let codeLength = 0;
  for (const { length, symbol } of order) {
    code *= 2 ** (length - codeLength);
    codeLength = length;
    let node = 0;
    for (let bit = length - 1; bit > 0; bit--) {
      const at = node * 2 + (Math.floor(code / 2 ** bit) & 1);
      if (tree[at] === 0) tree[at] = nodes++;
      node = tree[at] as number;
    }
    tree[node * 2 + (code & 1)] = -symbol - 1;
    code++;
  }
  return tree;
}
