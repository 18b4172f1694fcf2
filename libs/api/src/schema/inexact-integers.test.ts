import { describe, expect, it } from '@jest/globals';
import { isInexactInteger, parseExactJson } from './inexact-integers.ts';
import { parseJsonStrict } from './parse-json-strict.ts';

describe('an integer of JSON', () => {
  it.each([
    ['9007199254740992', false],
    ['9007199254740993', true],
    ['-9007199254740993', true],
    ['9223372036854775807', true],
    ['9223372036854775808', false],
    ['1000000000000000000', false],
    ['1152921504606846976', true],
    ['1.5', false],
    ['1', false],
  ])('%s is rounded: %s', (text, inexact) => {
    expect(isInexactInteger(text)).toBe(inexact);
  });

  it('is found wherever it stands, but in no text', () => {
    const { inexactIntegers } = parseJsonStrict('{"a":[1,{"b":9007199254740993}],"c":"9007199254740993"}');
    expect(inexactIntegers).toEqual([{ path: 'a[1].b', text: '9007199254740993' }]);
  });

  it('is a bigint where a number would be another, and is written as it was', () => {
    const text = '{"a":9223372036854775807,"b":[-9007199254740993,1.5],"c":1e30}';
    const value = parseExactJson(text);
    expect(value).toEqual({ a: 9223372036854775807n, b: [-9007199254740993n, 1.5], c: 1e30 });
    expect(JSON.stringify(value)).toBe(text.replace('1e30', '1e+30'));
  });
});
