import { describe, expect, it } from '@jest/globals';
import { raftv1 } from '@orrery/proto';
import fc from 'fast-check';
import { decodeMessage, encodedEntry, encodeMessage } from './wire.ts';

const entries = fc.array(
  fc.record({
    index: fc.oneof(fc.nat(), fc.maxSafeNat()),
    term: fc.oneof(fc.nat(300), fc.maxSafeNat()),
    type: fc.constantFrom(raftv1.Entry_Type.TYPE_NORMAL, raftv1.Entry_Type.TYPE_CONFIGURATION),
    data: fc.oneof(fc.uint8Array({ maxLength: 300 }), fc.constant(new Uint8Array(200))),
  }),
  { maxLength: 5 },
);

describe('messages on the wire', () => {
  it('are what protobuf makes of them, however often the entries were encoded before', () => {
    fc.assert(
      fc.property(entries, fc.nat(), (list, logIndex) => {
        const message = raftv1.Message.create({
          from: 'a',
          to: 'b',
          logIndex,
          entries: list,
          context: Buffer.from('x'),
        });
        const plain = raftv1.Message.decode(raftv1.Message.encode(message).finish());
        for (const entry of list) encodedEntry(entry);
        for (let time = 0; time < 2; time++) {
          const arrived = decodeMessage(encodeMessage(message));
          expect(arrived).toMatchObject(plain);
          expect(Buffer.compare(encodeMessage(arrived), encodeMessage(message))).toBe(0);
        }
      }),
      { numRuns: 200, seed: 1 },
    );
  });

  it('keep what was received as it came: entries are not copied', () => {
    const entry = { index: 7, term: 2, type: raftv1.Entry_Type.TYPE_NORMAL, data: Buffer.from('some data') };
    const received = encodeMessage(raftv1.Message.create({ from: 'a', entries: [entry, { ...entry, index: 8 }] }));
    const arrived = decodeMessage(received).entries[1] as raftv1.Entry;
    expect(arrived.data.buffer).toBe(received.buffer);
    expect(encodedEntry(arrived).buffer).toBe(received.buffer);
    expect(raftv1.Entry.decode(encodedEntry(arrived))).toEqual({
      ...entry,
      index: 8,
      data: new Uint8Array(entry.data),
    });
  });

  it('are read also where another program wrote the fields in another order, or fields of its own', () => {
    const entry = raftv1.Entry.create({ index: 7, term: 2, data: Buffer.from('x') });
    const body = raftv1.Entry.encode(entry).finish();
    const head = raftv1.Message.encode(raftv1.Message.create({ from: 'a' })).finish();
    const later = raftv1.Message.encode(raftv1.Message.create({ commit: 5 })).finish();
    const odd = Buffer.concat([[0x3a, body.length + 3], body, [0xa0, 0x06, 0x01]].map((part) => Buffer.from(part)));
    expect(decodeMessage(Buffer.concat([head, odd, later]))).toMatchObject({
      from: 'a',
      commit: 5,
      entries: [{ index: 7, term: 2 }],
    });
  });

  it('are refused where they are cut off', () => {
    const entry = { index: 7, term: 2, type: raftv1.Entry_Type.TYPE_NORMAL, data: Buffer.alloc(300) };
    const whole = encodeMessage(raftv1.Message.create({ from: 'a', entries: [entry] }));
    for (const length of [whole.length - 1, whole.length - 200, whole.length - 302]) {
      expect(() => decodeMessage(whole.subarray(0, length))).toThrow();
    }
  });

  it('hold entries exactly as the generated code encodes them', () => {
    fc.assert(
      fc.property(entries, (list) => {
        for (const entry of list) {
          const expected = raftv1.Entry.encode(entry).finish();
          expect(Buffer.compare(encodedEntry(entry), expected)).toBe(0);
        }
      }),
      { numRuns: 300, seed: 2 },
    );
  });

  it('encode an entry once and keep its data once', () => {
    const entry = { index: 1, term: 1, type: raftv1.Entry_Type.TYPE_NORMAL, data: Buffer.from('some data') };
    const encoded = encodedEntry(entry);
    expect(encodedEntry(entry)).toBe(encoded);
    expect(entry.data.buffer).toBe(encoded.buffer);
    expect(Buffer.from(entry.data).toString()).toBe('some data');
  });

  it('let through what a newer member says', () => {
    const known = raftv1.Message.encode(raftv1.Message.create({ from: 'a', type: 99 as raftv1.Message_Type })).finish();
    // Field 100, a varint.
    const newer = Buffer.concat([known, Buffer.from([0xa0, 0x06, 0x01])]);
    expect(decodeMessage(newer)).toMatchObject({ from: 'a', type: 99 });
  });
});
