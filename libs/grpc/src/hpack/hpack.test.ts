import { describe, expect, it } from '@jest/globals';
import { HeaderBlockError, HeaderDecoder } from './header-decoder.ts';
import { encodeHeaders } from './header-encoder.ts';
import { codeLengths, decodeHuffman, HuffmanError } from './huffman.ts';

const bytes = (hex: string): Buffer => Buffer.from(hex.replaceAll(' ', ''), 'hex');

describe("HPACK's Huffman code", () => {
  it('is complete: the lengths fill the space of codes exactly', () => {
    expect(codeLengths()).toHaveLength(257);
    expect(codeLengths().reduce((sum, length) => sum + 2 ** -length, 0)).toBe(1);
  });

  it.each([
    ['f1e3 c2e5 f23a 6ba0 ab90 f4ff', 'www.example.com'],
    ['a8eb 1064 9cbf', 'no-cache'],
    ['d07a be94 1054 d444 a820 0595 040b 8166 e082 a62d 1bff', 'Mon, 21 Oct 2013 20:13:21 GMT'],
  ])('reads the examples of RFC 7541, appendix C: %s', (hex, text) => {
    expect(decodeHuffman(bytes(hex))).toBe(text);
  });

  it.each([['ffff'], ['f1e3 c2e5 f23a 6ba0 ab90 f400'], ['ffff ffff']])('refuses wrong padding: %s', (hex) => {
    expect(() => decodeHuffman(bytes(hex))).toThrow(HuffmanError);
  });
});

describe('a decoder of header blocks', () => {
  it('follows three requests on one connection (RFC 7541, C.4)', () => {
    const decoder = new HeaderDecoder();
    const decode = (hex: string) => Object.fromEntries(decoder.decode(bytes(hex)));
    const first = { ':method': 'GET', ':scheme': 'http', ':path': '/', ':authority': 'www.example.com' };
    expect(decode('8286 8441 8cf1 e3c2 e5f2 3a6b a0ab 90f4 ff')).toEqual(first);
    expect(decode('8286 84be 5886 a8eb 1064 9cbf')).toEqual({ ...first, 'cache-control': 'no-cache' });
    expect(decode('8287 85bf 4088 25a8 49e9 5ba9 7d7f 8925 a849 e95b b8e8 b4bf')).toEqual({
      ':method': 'GET',
      ':scheme': 'https',
      ':path': '/index.html',
      ':authority': 'www.example.com',
      'custom-key': 'custom-value',
    });
  });

  it('knows a block again only as long as the table stays the same', () => {
    const decoder = new HeaderDecoder();
    const remember = (name: string, value: string): Buffer =>
      Buffer.concat([
        Buffer.from([0x40, name.length]),
        Buffer.from(name),
        Buffer.from([value.length]),
        Buffer.from(value),
      ]);
    const newest = Buffer.from([0x80 | 62]);
    decoder.decode(remember('a', '1'));
    expect([...decoder.decode(newest)]).toEqual([['a', '1']]);
    expect([...decoder.decode(newest)]).toEqual([['a', '1']]);
    decoder.decode(remember('a', '2'));
    expect([...decoder.decode(newest)]).toEqual([['a', '2']]);
  });

  it('reads what the encoder writes, long values too, and joins repeated fields', () => {
    const long = 'x'.repeat(10_000);
    const decoded = new HeaderDecoder().decode(
      encodeHeaders([
        ['grpc-status', '5'],
        ['long', long],
        ['twice', 'a'],
        ['twice', 'b'],
      ]),
    );
    expect(Object.fromEntries(decoded)).toEqual({ 'grpc-status': '5', long, twice: 'a,b' });
  });

  it.each([
    ['an index that does not exist', 'ff00'],
    ['a string longer than the block', '0005 6162'],
    ['an integer without end', '00 7f ff ff ff ff ff ff 01'],
    ['a table larger than granted', '3f e2 ff 03'],
    ['index zero', '80'],
    ['a block that ends inside a field', '40'],
  ])('refuses %s', (_case, hex) => {
    expect(() => new HeaderDecoder().decode(bytes(hex))).toThrow(HeaderBlockError);
  });

  it('bounds what one block may expand to', () => {
    const decoder = new HeaderDecoder();
    const value = 'v'.repeat(3_000);
    decoder.decode(
      Buffer.concat([Buffer.from([0x40, 1]), Buffer.from('n'), Buffer.from([127, 0xb9, 0x16]), Buffer.from(value)]),
    );
    expect(() => decoder.decode(Buffer.alloc(1_000, 0x80 | 62))).toThrow(/bytes of headers/);
  });
});
