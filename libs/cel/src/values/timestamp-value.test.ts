import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { DurationValue } from './duration-value.ts';
import { ipAddressText, parseIpAddress } from './ip-address.ts';
import { TimestampValue } from './timestamp-value.ts';

describe('a timestamp', () => {
  it('is the moment that its text names, in all years', () => {
    fc.assert(
      fc.property(
        fc.bigInt({ min: -62_135_596_800n, max: 253_402_300_799n }),
        fc.nat(999_999_999),
        (seconds, nanos) => {
          const time = new TimestampValue(seconds * 1_000_000_000n + BigInt(nanos));
          expect(TimestampValue.parse(time.toString())?.nanos).toBe(time.nanos);
        },
      ),
    );
  });

  it.each([
    '2023-02-29T00:00:00Z',
    '2024-01-01T24:00:00Z',
    '2024-01-01 00:00:00Z',
    '2024-01-01',
    '0000-01-01T00:00:00Z',
  ])('is not %s', (text) => {
    expect(TimestampValue.parse(text)).toBeUndefined();
  });
});

describe('a duration', () => {
  it.each([
    ['1h2m3.5s', '3723.5s'],
    ['-1.5h', '-5400s'],
    ['100ms', '0.1s'],
    ['0', '0s'],
    ['1d', undefined],
    ['', undefined],
    ['99999999h', undefined],
  ])('%s is %s', (text, seconds) => {
    expect(DurationValue.parse(text)?.toString()).toBe(seconds);
  });
});

describe('an address', () => {
  it('is written in its canonical form', () => {
    fc.assert(
      fc.property(fc.ipV6(), (text) => {
        const address = parseIpAddress(text);
        if (address === undefined) throw new Error(text);
        expect(parseIpAddress(ipAddressText(address))).toEqual(address);
      }),
    );
  });

  it.each(['1.2.3', '1.2.3.256', '01.2.3.4', ':::', '1::2::3', '12345::', '1:2:3:4:5:6:7:8:9'])('is not %s', (text) => {
    expect(parseIpAddress(text)).toBeUndefined();
  });
});
