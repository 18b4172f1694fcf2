import { describe, expect, it } from '@jest/globals';
import { addressInCidr, lastOffset, offsetInCidr, parseCidr, parseCidrs } from './cidr.ts';

describe('a range of cluster IPs', () => {
  it.each([
    ['10.96.0.0/12', 1, '10.96.0.1'],
    ['10.96.0.7/29', 6, '10.96.0.6'],
    ['fd00::/108', 1, 'fd00::1'],
    ['fd00:1::ffff:0/112', 0x1234, 'fd00:1::ffff:1234'],
  ])('%s has at %s the address %s', (text, offset, address) => {
    expect(addressInCidr(parseCidr(text), offset)).toBe(address);
    expect(offsetInCidr(parseCidr(text), address)).toBe(BigInt(offset));
  });

  it('ends with a broadcast address in IPv4 only', () => {
    expect(lastOffset(parseCidr('10.96.0.0/24'))).toBe(254n);
    expect(lastOffset(parseCidr('fd00::/120'))).toBe(255n);
  });

  it.each([
    ['10.96.0.0/12', '10.112.0.1'],
    ['10.96.0.0/12', 'fd00::1'],
    ['fd00::/108', '10.96.0.1'],
  ])('%s does not hold %s', (text, address) => {
    expect(offsetInCidr(parseCidr(text), address)).toBeUndefined();
  });

  it('may be two, of different families', () => {
    expect(parseCidrs('fd00::/108, 10.96.0.0/12').map(({ family }) => family)).toEqual(['IPv6', 'IPv4']);
    expect(() => parseCidrs('10.0.0.0/16,10.1.0.0/16')).toThrow(RangeError);
  });

  it.each(['', '10.96.0.0', '10.96.0.0/33', '10.96.0/8', 'fd00::/129'])('is not %j', (text) => {
    expect(() => parseCidr(text)).toThrow(RangeError);
  });
});
