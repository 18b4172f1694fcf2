import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { labelSelectorMatcher, parseLabelSelector } from './label-selector.ts';
import { SelectorError } from './selector-error.ts';

const word = fc.stringMatching(/^[a-z]([a-z0-9-]{0,4}[a-z0-9])?$/);
const labels = fc.dictionary(word, word, { maxKeys: 4 });
const requirement = fc.oneof(
  fc.tuple(word, fc.constantFrom('=', '==', '!='), word).map(([key, op, value]) => `${key}${op}${value}`),
  fc
    .tuple(word, fc.constantFrom('in', 'notin'), fc.array(word, { minLength: 1, maxLength: 3 }))
    .map(([key, op, values]) => `${key} ${op} (${values.join(',')})`),
  fc.tuple(fc.constantFrom('', '!'), word).map(([not, key]) => `${not}${key}`),
);

function refusalOf(text: string): string {
  try {
    return `understood as ${parseLabelSelector(text)}`;
  } catch (error) {
    if (error instanceof SelectorError) return error.message;
    throw error;
  }
}

describe('a label selector as text', () => {
  it.each([
    ['', {}, true],
    ['a=b', { a: 'b' }, true],
    ['a==b', { a: 'c' }, false],
    ['a!=b', {}, true],
    ['a', { a: '' }, true],
    ['a', {}, false],
    ['!a', {}, true],
    ['a in (b, c)', { a: 'c' }, true],
    ['a in (b, c)', {}, false],
    ['a notin (b)', { a: 'b' }, false],
    ['a notin (b)', {}, true],
    ['a=', { a: '' }, true],
    ['a in (,b)', { a: '' }, true],
    ['a>5', { a: '6' }, true],
    ['a<5', { a: '6' }, false],
    ['a>5', { a: 'x' }, false],
    ['in in (in)', { in: 'in' }, true],
    ['example.com/a=b , c', { 'example.com/a': 'b', c: 'd' }, true],
    ['toString', {}, false],
  ])('%j matches %j: %s', (text, set, expected) => {
    expect(parseLabelSelector(text).matches(set as Record<string, string>)).toBe(expected);
  });

  it.each([
    ['a=b=c', "found '=', expected: ',' or 'end of string'"],
    ['a=b,', "found '', expected: identifier after ','"],
    ['=a', "found '=', expected: !, identifier, or 'end of string'"],
    ['a in b', "unable to parse requirement: found 'b', expected: '('"],
    ['a in (b', "unable to parse requirement: found '', expected: ',' or ')'"],
    ['a b', "unable to parse requirement: found 'b', expected: in, notin, =, ==, !=, gt, lt"],
    ['!', "unable to parse requirement: found '', expected: identifier"],
    ['!a=b', "found '=', expected: ',' or 'end of string'"],
    [
      'a in ()',
      "unable to parse requirement: values: Invalid value: []: for 'in', 'notin' operators, values set can't be empty",
    ],
    [
      'a>x',
      "unable to parse requirement: values[0]: Invalid value: \"x\": for 'Gt', 'Lt' operators, the value must be an integer",
    ],
  ])('%j is refused: %s', (text, message) => {
    expect(refusalOf(text)).toBe(message);
  });

  it('means the same when it is written out again', () => {
    fc.assert(
      fc.property(fc.array(requirement, { maxLength: 4 }), labels, (requirements, set) => {
        const selector = parseLabelSelector(requirements.join(','));
        const again = parseLabelSelector(selector.toString());
        expect(again.toString()).toBe(selector.toString());
        expect(again.matches(set)).toBe(selector.matches(set));
      }),
    );
  });

  it('matches exactly where each of its requirements does', () => {
    fc.assert(
      fc.property(fc.array(requirement, { minLength: 1, maxLength: 4 }), labels, (requirements, set) => {
        const each = requirements.every((text) => parseLabelSelector(text).matches(set));
        expect(parseLabelSelector(requirements.join(',')).matches(set)).toBe(each);
      }),
    );
  });
});

describe('a label selector of an object', () => {
  it('selects nothing where it is missing and everything where it is empty', () => {
    expect(labelSelectorMatcher(undefined).matches({ a: 'b' })).toBe(false);
    expect(labelSelectorMatcher(undefined).empty).toBe(false);
    expect(labelSelectorMatcher({}).matches(undefined)).toBe(true);
    expect(labelSelectorMatcher({}).empty).toBe(true);
  });

  it('asks for all of its labels and expressions', () => {
    const selector = labelSelectorMatcher({
      matchLabels: { app: 'web' },
      matchExpressions: [{ key: 'tier', operator: 'In', values: ['front', 'back'] }],
    });
    expect(selector.matches({ app: 'web', tier: 'back' })).toBe(true);
    expect(selector.matches({ app: 'web' })).toBe(false);
    expect(selector.toString()).toBe('app=web,tier in (back,front)');
  });

  it('knows its operators', () => {
    expect(() => labelSelectorMatcher({ matchExpressions: [{ key: 'a', operator: 'Like' }] })).toThrow(
      new SelectorError('"Like" is not a valid label selector operator'),
    );
  });
});
