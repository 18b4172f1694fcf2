import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { FieldSet } from './field-set.ts';
import { formatFieldsV1, parseFieldsV1 } from './fields-v1.ts';
import { compareElements, fieldElement, keyElement, parseElement, pathText, valueElement } from './path-element.ts';

const scalar = fc.oneof(fc.string({ maxLength: 3 }), fc.integer(), fc.boolean());
const element = fc.oneof(
  fc.constantFrom('a', 'b', 'c', '.', 'x:y').map(fieldElement),
  fc
    .uniqueArray(fc.tuple(fc.constantFrom('name', 'port'), scalar), { selector: ([name]) => name, minLength: 1 })
    .map(keyElement),
  scalar.map(valueElement),
  fc.nat(3).map((index) => `i:${index}`),
);
const sets = fc
  .array(fc.array(element, { minLength: 1, maxLength: 4 }), { maxLength: 12 })
  .map((paths) => FieldSet.of(...paths));
const none = new FieldSet();

const texts = (set: FieldSet) => [...set.paths()].map((path) => path.join(' '));

describe('sets of fields', () => {
  it('follow the laws of sets', () => {
    fc.assert(
      fc.property(sets, sets, sets, (a, b, c) => {
        expect(a.union(b).equals(b.union(a))).toBe(true);
        expect(a.union(b.union(c)).equals(a.union(b).union(c))).toBe(true);
        expect(a.intersection(b).equals(b.intersection(a))).toBe(true);
        expect(a.intersection(b.union(c)).equals(a.intersection(b).union(a.intersection(c)))).toBe(true);
        expect(a.difference(b).union(a.intersection(b)).equals(a)).toBe(true);
        expect(a.difference(a).isEmpty).toBe(true);
        expect(a.union(none).equals(a)).toBe(true);
        expect(a.intersection(none).isEmpty).toBe(true);
        expect(a.recursiveDifference(b).difference(a.difference(b)).isEmpty).toBe(true);
      }),
    );
  });

  it('hold exactly their paths', () => {
    fc.assert(
      fc.property(sets, sets, (a, b) => {
        for (const path of a.paths()) expect(a.has(path)).toBe(true);
        const [inA, inB] = [texts(a), new Set(texts(b))];
        expect(texts(a.difference(b))).toEqual(inA.filter((text) => !inB.has(text)));
        expect(texts(a.intersection(b))).toEqual(inA.filter((text) => inB.has(text)));
      }),
    );
  });

  it('come back from FieldsV1 as they were, in one order', () => {
    fc.assert(
      fc.property(sets, (set) => {
        const written = formatFieldsV1(set);
        const read = parseFieldsV1(JSON.parse(JSON.stringify(written)));
        expect(read.equals(set)).toBe(true);
        expect(JSON.stringify(formatFieldsV1(read))).toBe(JSON.stringify(written));
      }),
    );
  });
});

describe('steps of a path', () => {
  it.each([
    ['f:spec', 'f:spec', '.spec'],
    ['k:{"port":80,"name":"a"}', 'k:{"name":"a","port":80}', '[name="a",port=80]'],
    ['v:"example.com/a"', 'v:"example.com/a"', '[="example.com/a"]'],
    ['v:"a<b"', 'v:"a\\u003cb"', '[="a<b"]'],
    ['i:3', 'i:3', '[3]'],
  ])('%s', (text, canonical, shown) => {
    expect(parseElement(text)).toBe(canonical);
    expect(pathText([canonical])).toBe(shown);
  });

  it('of an unknown kind are ignored, broken ones are not', () => {
    expect(parseElement('z:1')).toBeUndefined();
    for (const text of ['f', 'fspec', 'k:{', 'v:', 'i:x']) expect(() => parseElement(text)).toThrow();
  });

  it('stand in one order', () => {
    fc.assert(
      fc.property(element, element, element, (a, b, c) => {
        expect(Math.sign(compareElements(a, b))).toBe(-Math.sign(compareElements(b, a)) + 0);
        if (compareElements(a, b) <= 0 && compareElements(b, c) <= 0)
          expect(compareElements(a, c)).toBeLessThanOrEqual(0);
      }),
    );
  });
});
