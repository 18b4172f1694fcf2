import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { decodeProtobuf, encodeProtobuf } from './envelope.ts';
import { type WireField, type WireMessage, WireSchemas } from './wire-schema.ts';

describe('every kind in protobuf', () => {
  const schemas = WireSchemas.builtIn();

  it.each(schemas.kinds().map((kind) => ({ kind })))('gives back every $kind that it wrote', ({ kind }) => {
    const [group = '', version = '', name = ''] = kind.split('/');
    const apiVersion = group === '' ? version : `${group}/${version}`;
    const message = schemas.messageOf(apiVersion, name);
    if (message === undefined) throw new Error(`no message for ${kind}`);
    const property = fc.property(messageArbitrary(schemas, message), (fields) => {
      const object = { ...fields, apiVersion, kind: name };
      expect(decodeProtobuf(encodeProtobuf(object))).toEqual(object);
    });
    fc.assert(property, { numRuns: 3, seed: 1 });
  });
});

type Fields = Record<string, unknown>;

const depthMax = 4;
const text = fc.string({ minLength: 1, maxLength: 6 });
const free = fc.record({ a: fc.integer(), b: text });
const instant = fc.date({ min: new Date('1970-01-01T00:00:01Z'), max: new Date('2100-01-01'), noInvalidDate: true });
const seconds = instant.map((date) => `${date.toISOString().slice(0, 19)}Z`);

const scalars = {
  string: text,
  bytes: fc.uint8Array({ minLength: 1, maxLength: 6 }).map((bytes) => Buffer.from(bytes).toString('base64')),
  int32: fc.oneof(fc.integer({ min: 1 }), fc.integer({ max: -1 })),
  int64: fc.oneof(fc.maxSafeInteger(), fc.integer()).filter((value) => value !== 0),
  bool: fc.constant(true),
  double: fc.double({ noNaN: true, noDefaultInfinity: true }).filter((value) => value !== 0),
};

/** Objects as JSON clients write them: nothing empty, no zero that `omitempty` would drop. Embedded messages stand among the other fields. */
function messageArbitrary(schemas: WireSchemas, message: WireMessage, depth = 0): fc.Arbitrary<Fields> {
  const own: Record<string, fc.Arbitrary<unknown>> = {};
  const embedded: fc.Arbitrary<Fields>[] = [];
  for (const field of message.fields) {
    if (field.name === '' && field.value.kind === 'message') {
      embedded.push(messageArbitrary(schemas, schemas.get(field.value.name), depth));
    } else {
      const value = cardinal(schemas, field, depth);
      if (value !== undefined) own[field.name] = value;
    }
  }
  return fc
    .tuple(fc.record(own, { requiredKeys: [] }), ...embedded)
    .map((parts) => Object.assign({}, ...parts) as Fields);
}

function cardinal(schemas: WireSchemas, field: WireField, depth: number): fc.Arbitrary<unknown> | undefined {
  const one = single(schemas, field, depth);
  if (one === undefined) return undefined;
  if (field.cardinality === 'list') return fc.array(one, { minLength: 1, maxLength: 2 });
  return field.cardinality === 'map'
    ? fc.dictionary(text, one, { minKeys: 1, maxKeys: 2, noNullPrototype: true })
    : one;
}

function single(schemas: WireSchemas, { value }: WireField, depth: number): fc.Arbitrary<unknown> | undefined {
  if (value.kind === 'scalar') return scalars[value.scalar];
  switch (value.name.slice(value.name.lastIndexOf('.') + 1)) {
    case 'Time':
      return seconds;
    case 'MicroTime':
      return seconds.map((whole) => `${whole.slice(0, -1)}.012345Z`);
    case 'Quantity':
      return fc.constantFrom('0', '100m', '1Gi');
    case 'IntOrString':
      return fc.oneof(fc.integer(), text);
    case 'FieldsV1':
    case 'RawExtension':
    case 'JSON':
      return free;
    case 'ExtraValue':
    case 'Verbs':
      return fc.array(text, { minLength: 1, maxLength: 2 });
    case 'JSONSchemaPropsOrArray':
      return fc.constantFrom([{ type: 'string' }], { type: 'object' });
    case 'JSONSchemaPropsOrBool':
      return fc.constantFrom(true, false, { type: 'object' });
    case 'JSONSchemaPropsOrStringArray':
      return fc.constantFrom(['a'], { type: 'object' });
    default:
      return depth < depthMax ? messageArbitrary(schemas, schemas.get(value.name), depth + 1) : undefined;
  }
}
