import { describe, expect, it } from '@jest/globals';
import { inexactYamlIntegers, readYamlDocument } from './yaml-scalars.ts';

describe('a plain scalar of YAML', () => {
  it.each([
    ['yes', true],
    ['Off', false],
    ['y', true],
    ['"yes"', 'yes'],
    ['yEs', 'yEs'],
    ['010', 8],
    ['-0o10', -8],
    ['08', 8],
    ['0x1F', 31],
    ['0b101', 5],
    ['1_000', 1000],
    ['+12', 12],
    ['1e3', 1000],
    ['1.5', 1.5],
    ['.5', 0.5],
    ['12:30:45', '12:30:45'],
    ['2026-11-21', '2026-11-21'],
    ['2026-11-21T10:00:00Z', '2026-11-21T10:00:00Z'],
    ['1.2.3', '1.2.3'],
    ['0', 0],
    ['~', null],
  ])('%s is %j', (text, value) => {
    expect(readYamlDocument(`a: ${text}`).toJS()).toEqual({ a: value });
  });

  it('may be a key, which is a text in the end', () => {
    expect(readYamlDocument('on: 1\n0x10: 2').toJS()).toEqual({ true: 1, 16: 2 });
  });

  it('may refer to another map', () => {
    expect(readYamlDocument('a: &x {b: 1}\nc: {<<: *x, d: 2}').toJS()).toEqual({ a: { b: 1 }, c: { b: 1, d: 2 } });
  });

  it('may be too large for a number of JavaScript', () => {
    const text = 'a:\n- b: 9007199254740993\n- c: "9007199254740993"\n';
    expect(inexactYamlIntegers(readYamlDocument(text), text)).toEqual([{ path: 'a.b', text: '9007199254740993' }]);
  });
});
