import { describe, expect, it } from '@jest/globals';
import { spliceResourceVersion } from '@orrery/api';
import { registryv1 } from '@orrery/proto';
import fc from 'fast-check';
import { encodeEvent, type StoredObject } from './encode-event.ts';

const NO_BYTES = new Uint8Array(0);
const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);

const revision = fc.oneof(fc.nat(), fc.maxSafeNat());
const json = fc.oneof(
  fc.json().map((value) => `{"apiVersion":"v1","metadata":{"name":"x"},"value":${value}}`),
  fc.constant('{"metadata":{}}'),
  fc.string({ unit: 'binary' }),
);
const object: fc.Arbitrary<StoredObject> = fc.record({ bytes: json.map(bytesOf), resourceVersion: revision });
const text = fc.oneof(fc.string(), fc.string({ unit: 'grapheme', maxLength: 200 }));
const event = fc.record({
  revision,
  type: fc.constantFrom(0, 1, 2, 3),
  group: text,
  version: text,
  resource: text,
  namespace: text,
  name: text,
  uid: text,
  commitTimeMs: revision,
  object: fc.option(object, { nil: undefined }),
  previous: fc.option(object, { nil: undefined }),
});

describe('encoding an event', () => {
  it('makes the same bytes as the generated encoder', () => {
    fc.assert(
      fc.property(event, (stored) => {
        const served = (one: StoredObject | undefined): Uint8Array =>
          one === undefined ? NO_BYTES : spliceResourceVersion(one.bytes, one.resourceVersion);
        const { object, previous } = stored;
        const whole = { ...stored, traceParent: '', object: served(object), previous: served(previous) };
        const generated = registryv1.Event.encode(whole).finish();
        expect(Buffer.from(encodeEvent(stored)).equals(Buffer.from(generated))).toBe(true);
      }),
      { numRuns: 500 },
    );
  });
});
