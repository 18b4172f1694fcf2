import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { canonicalQuantity, Quantity } from './quantity.ts';

const suffix = fc.constantFrom('', 'n', 'u', 'm', 'k', 'M', 'G', 'Ki', 'Mi', 'Gi', 'e3', 'e-3');
const quantity = fc
  .tuple(fc.integer({ min: -99_999, max: 99_999 }), suffix)
  .map(([mantissa, unit]) => Quantity.parse(`${mantissa}${unit}`));

describe('a quantity', () => {
  it.each([
    ['0', '0'],
    ['1000m', '1'],
    ['1500m', '1500m'],
    ['0.5', '500m'],
    ['.5', '500m'],
    ['1.', '1'],
    ['1000', '1k'],
    ['1024', '1024'],
    ['1024Ki', '1Mi'],
    ['1.5Gi', '1536Mi'],
    ['0.5Ki', '512'],
    ['1000Ki', '1000Ki'],
    ['12e6', '12e6'],
    ['1E3', '1e3'],
    ['1E', '1E'],
    ['100e-3', '100e-3'],
    ['0.0001u', '1n'],
    ['-1.5', '-1500m'],
    ['+5', '5'],
    ['1e60', '9223372036854775807'],
  ])('%s is written as %s', (text, canonical) => {
    expect(canonicalQuantity(text)).toBe(canonical);
  });

  it.each(['', '.', 'abc', '1.2.3', '1 k', '--1'])('refuses %j by its form', (text) => {
    expect(() => Quantity.parse(text)).toThrow(
      "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'",
    );
  });

  it.each(['1K', '1mi', '1ki', '1e'])('refuses %j by its suffix', (text) => {
    expect(() => Quantity.parse(text)).toThrow("unable to parse quantity's suffix");
  });

  it('rounds up to whole units and thousandths', () => {
    expect(Quantity.parse('1500m').toNumber()).toBe(2);
    expect(Quantity.parse('100u').milliValue()).toBe(1);
    expect(Quantity.parse('2').milliValue()).toBe(2000);
    expect(Quantity.parse('-1500m').toNumber()).toBe(-2);
  });

  it('keeps the format of the first operand that says something', () => {
    expect(Quantity.parse('1Gi').add(Quantity.parse('1Mi')).toString()).toBe('1025Mi');
    expect(Quantity.zero.add(Quantity.parse('2048Ki')).toString()).toBe('2Mi');
    expect(Quantity.parse('1').sub(Quantity.parse('250m')).toString()).toBe('750m');
  });

  it('takes a hostile exponent in no time', () => {
    expect(Quantity.parse('1e-999999999').toString()).toBe('1e-9');
    expect(Quantity.parse('1e999999999').compare(Quantity.parse('1E'))).toBeGreaterThan(0);
  });

  it('reads back what it writes', () => {
    fc.assert(fc.property(quantity, (q) => Quantity.parse(q.toString()).equals(q)));
  });

  it('has one canonical form', () => {
    fc.assert(fc.property(quantity, (q) => canonicalQuantity(q.toString()) === q.toString()));
  });

  it('adds like numbers do', () => {
    fc.assert(
      fc.property(quantity, quantity, (a, b) => {
        expect(a.add(b).equals(b.add(a))).toBe(true);
        expect(a.add(b).sub(b).equals(a)).toBe(true);
        expect(Math.sign(a.compare(b))).toBe(a.sub(b).sign());
        expect(a.compare(b) + b.compare(a)).toBe(0);
      }),
    );
  });
});
