import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { parseJsonStrict } from './parse-json-strict.ts';

describe('strict JSON', () => {
  it.each([
    ['{"a":1,"b":2}', []],
    ['{"a":1,"a":2}', ['a']],
    ['{"spec":{"list":[{"x":1},{"x":1,"x":{"x":3}}]}}', ['spec.list[1].x']],
    ['{"a":"a","b":["a","a"],"c":{"a":",{"}}', []],
    ['{"a\\u0062":1,"ab":2}', ['ab']],
    ['{"a":[1,2,[{"k":1,"k":2,"k":3}]]}', ['a[2][0].k']],
    ['[]', []],
    ['"{\\"a\\":1,\\"a\\":1}"', []],
  ])('%s repeats %j', (text, duplicates) => {
    expect(parseJsonStrict(text)).toMatchObject({ value: JSON.parse(text), duplicateFields: duplicates });
  });

  it('finds nothing in what JSON.stringify writes', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => parseJsonStrict(JSON.stringify(value)).duplicateFields.length === 0),
    );
  });

  it('refuses what is not JSON', () => {
    expect(() => parseJsonStrict('{"a"')).toThrow('unexpected end of JSON input');
  });

  it('goes a thousand levels deep', () => {
    const nested = (depth: number): string => '['.repeat(depth) + ']'.repeat(depth);
    expect(() => parseJsonStrict(nested(1_000))).not.toThrow();
    expect(() => parseJsonStrict(nested(1_001))).toThrow('exceeded max depth');
    expect(() => parseJsonStrict(nested(500_000))).toThrow('exceeded max depth');
  });
});
