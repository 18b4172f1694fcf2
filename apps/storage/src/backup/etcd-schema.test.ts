import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { decodeLease, encodeLease, readRevisionKey, revisionKey, uint64 } from './etcd-schema.ts';

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

describe("etcd's schema", () => {
  it('orders versions as their keys order', () => {
    expect(hex(revisionKey(258, 1))).toBe('00000000000001025f0000000000000001');
    expect(hex(revisionKey(258, 1, true))).toBe('00000000000001025f000000000000000174');
    const place = fc.record({ revision: fc.maxSafeNat(), sub: fc.nat(), deleted: fc.boolean() });
    fc.assert(
      fc.property(place, place, (a, b) => {
        expect(readRevisionKey(revisionKey(a.revision, a.sub, a.deleted))).toEqual(a);
        const order = Buffer.compare(revisionKey(a.revision, a.sub), revisionKey(b.revision, b.sub));
        expect(order).toBe(Math.sign(a.revision - b.revision) || Math.sign(a.sub - b.sub));
      }),
      { seed: 4 },
    );
  });

  it.each(['', '00', '00000000000001025e0000000000000001', '00000000000001025f000000000000000175'])(
    'does not take %j for a revision',
    (bytes) => {
      expect(readRevisionKey(Buffer.from(bytes, 'hex'))).toBeUndefined();
    },
  );

  it('keeps leases of 63 bits', () => {
    const lease = { id: '7587848943239472640', ttlSeconds: 3600 };
    expect(decodeLease(encodeLease(lease))).toEqual(lease);
    expect(hex(uint64(BigInt(lease.id)))).toBe('694d7469671ca600');
  });
});
