import { type CelType, objectType, types } from '../types/cel-type.ts';
import { type CelSchema, schemaIn } from './cel-schema.ts';
import { escapeFieldName } from './escape-name.ts';

/** Largest body of a request, which bounds what a schema leaves open. */
const requestBytesMax = 3 * 1024 * 1024;
const lengths = { duration: 32, date: 12, dateTime: 33 } as const;
/** Least bytes of a value in JSON. */
const sizes = { bool: 4, number: 1, string: 2, object: 2, list: 2, duration: 3, date: 12, dateTime: 21 } as const;

/** Upstream's estimates count nothing for keys. */
const keyType: CelType = { kind: 'string', lengthMax: 0 };

export interface SchemaTypeOptions {
  /** The schema of a whole object: `apiVersion`, `kind` and the name are there even where it does not say so. */
  readonly isRoot?: boolean;
  /** Name of the type in messages. Default `object`. */
  readonly name?: string;
}

interface SizedType {
  readonly type: CelType;
  /** Least bytes of a value in JSON. */
  readonly sizeMin: number;
}

/**
 * The type of a structural schema, bounded as the schema bounds it; `undefined` for schemas that expressions do not see (no type, or lists and
 * maps of those).
 */
export function typeOfSchema(
  schema: CelSchema,
  { isRoot = false, name = 'object' }: SchemaTypeOptions = {},
): CelType | undefined {
  return sizedType(schema, isRoot, name)?.type;
}

function sizedType(schema: CelSchema, isRoot: boolean, name: string): SizedType | undefined {
  if (schema['x-kubernetes-int-or-string']) {
    const lengthMax = schema.maxLength === undefined ? requestBytesMax - 2 : 4 * positive(schema.maxLength);
    return { type: { kind: 'dyn', lengthMax }, sizeMin: 1 };
  }
  switch (schema.type) {
    case 'array':
      return listType(schema, name);
    case 'object':
      return objectOrMapType(isRoot ? withMetadata(schema) : schema, name);
    case 'string':
      return textType(schema);
    case 'boolean':
      return { type: types.bool, sizeMin: sizes.bool };
    case 'number':
      return { type: types.double, sizeMin: sizes.number };
    case 'integer':
      return { type: types.int, sizeMin: sizes.number };
    default:
      return undefined;
  }
}

function listType(schema: CelSchema, name: string): SizedType | undefined {
  const { maxItems } = schema;
  const items = schemaIn(schema.items);
  if (items === undefined) return undefined;
  const element = sizedType(items, items['x-kubernetes-embedded-resource'] === true, `${name}.@idx`);
  if (element === undefined) return undefined;
  const countMax =
    maxItems === undefined ? Math.floor((requestBytesMax - 2) / (element.sizeMin + 1)) : positive(maxItems);
  return { type: types.list(element.type, countMax), sizeMin: sizes.list };
}

function objectOrMapType(schema: CelSchema, name: string): SizedType | undefined {
  const additionalProperties = schemaIn(schema.additionalProperties);
  if (additionalProperties === undefined) return fieldsType(schema, name);
  const isRoot = additionalProperties['x-kubernetes-embedded-resource'] === true;
  const value = sizedType(additionalProperties, isRoot, `${name}.@elem`);
  if (value === undefined) return undefined;
  const countMax =
    schema.maxProperties === undefined
      ? Math.floor((requestBytesMax - 2) / (value.sizeMin + 6))
      : positive(schema.maxProperties);
  return { type: types.map(keyType, value.type, countMax), sizeMin: sizes.object };
}

function fieldsType({ properties = {}, required = [] }: CelSchema, name: string): SizedType {
  const fields: Record<string, CelType> = {};
  let sizeMin: number = sizes.object;
  for (const [property, schema] of Object.entries(properties)) {
    const escaped = escapeFieldName(property);
    const field = sizedType(schema, schema['x-kubernetes-embedded-resource'] === true, `${name}.${property}`);
    if (field === undefined) continue;
    if (escaped !== undefined) fields[escaped] = field.type;
    if (required.includes(property) && schema.default === undefined) sizeMin += property.length + field.sizeMin + 4;
  }
  return { type: objectType(name, () => fields), sizeMin };
}

function textType(schema: CelSchema): SizedType {
  switch (schema.format) {
    case 'byte':
      return {
        type: {
          kind: 'bytes',
          lengthMax: schema.maxLength === undefined ? requestBytesMax - 2 : positive(schema.maxLength),
        },
        sizeMin: sizes.string,
      };
    case 'duration':
      return { type: { kind: 'duration', lengthMax: lengths.duration }, sizeMin: sizes.duration };
    case 'date':
      return { type: { kind: 'timestamp', lengthMax: lengths.date }, sizeMin: sizes.date };
    case 'date-time':
      return { type: { kind: 'timestamp', lengthMax: lengths.dateTime }, sizeMin: sizes.dateTime };
    default:
      return { type: { kind: 'string', lengthMax: textLengthMax(schema) }, sizeMin: sizes.string };
  }
}

/** In bytes: a character may take four. */
function textLengthMax({ maxLength, enum: values }: CelSchema): number {
  if (maxLength !== undefined) return 4 * positive(maxLength);
  if (values === undefined || values.length === 0) return requestBytesMax - 2;
  return Math.max(0, ...values.map((value) => (typeof value === 'string' ? Buffer.byteLength(value) : 0)));
}

/** The schema of a whole object, with what every object has. */
export function withMetadata(schema: CelSchema): CelSchema {
  const text: CelSchema = { type: 'string' };
  const { properties = {} } = schema;
  const metadata: CelSchema = { type: 'object', properties: { name: text, generateName: text } };
  return { ...schema, properties: { ...properties, kind: text, apiVersion: text, metadata } };
}

function positive(value: number): number {
  return Math.max(0, value);
}
