import { type CelValue, jsonOfValue, ListValue, MapValue, ObjectValue } from '@orrery/cel';

/** An expression constructs an object where another one belongs: `Object.spec{selector: Object.metadata{…}}`. */
export class ConstructedTypeError extends Error {
  override readonly name = 'ConstructedTypeError';

  constructor(found: string, expected: string) {
    super(
      `type mismatch: unexpected type name ${JSON.stringify(found)}, expected ${JSON.stringify(expected)}, which matches field name path from root Object type`,
    );
  }
}

/** A constructed value as JSON. Throws `ConstructedTypeError` where names of types do not follow the fields that they stand in. */
export function jsonOfConstructed(value: CelValue): unknown {
  if (value instanceof ObjectValue) checkTypeNames(value, value.typeName);
  return jsonOfValue(value);
}

function checkTypeNames(value: CelValue, expected: string): void {
  if (value instanceof ObjectValue) {
    if (value.typeName !== expected) throw new ConstructedTypeError(value.typeName, expected);
    for (const field of value.names()) checkTypeNames(value.get(field) as CelValue, `${expected}.${field}`);
  } else if (value instanceof ListValue) {
    for (const item of value) checkTypeNames(item, expected);
  } else if (value instanceof MapValue) {
    for (const [, item] of value.entries()) checkTypeNames(item, expected);
  }
}
