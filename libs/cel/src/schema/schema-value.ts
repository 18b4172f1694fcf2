import type { CelValue } from '../values/cel-value.ts';
import { DurationValue } from '../values/duration-value.ts';
import { valueOfJson } from '../values/json-value.ts';
import { type ListSemantics, ListValue } from '../values/list-value.ts';
import { RecordMap } from '../values/map-value.ts';
import { ObjectValue } from '../values/object-value.ts';
import { CelRuntimeError } from '../values/runtime-errors.ts';
import { TimestampValue } from '../values/timestamp-value.ts';
import { type CelSchema, schemaIn } from './cel-schema.ts';
import { escapeFieldName, namesByEscaped } from './escape-name.ts';
import { withMetadata } from './schema-type.ts';

/** JSON as its schema says, lazily: field names escaped, formats as timestamps, durations and bytes. `isRoot` as for `typeOfSchema`. */
export function valueOfSchema(json: unknown, schema: CelSchema, isRoot = false): CelValue {
  if (json === null || json === undefined) return null;
  if (schema['x-kubernetes-int-or-string']) return valueOfJson(json);
  switch (schema.type) {
    case 'object':
      return objectOrMap(
        json,
        isRoot || schema['x-kubernetes-embedded-resource'] === true ? withMetadata(schema) : schema,
      );
    case 'array':
      return list(json, schema);
    case 'string':
      return typeof json === 'string' ? text(json, schema.format) : wrongType('string', json);
    case 'integer':
      if (typeof json === 'bigint') return json;
      return typeof json === 'number' ? BigInt(Math.trunc(json)) : wrongType('integer', json);
    case 'number':
      if (typeof json === 'bigint') return Number(json);
      return typeof json === 'number' ? json : wrongType('number', json);
    case 'boolean':
      return typeof json === 'boolean' ? json : wrongType('boolean', json);
    default:
      return valueOfJson(json);
  }
}

function objectOrMap(json: unknown, schema: CelSchema): CelValue {
  if (typeof json !== 'object' || Array.isArray(json)) return wrongType('object', json);
  const record = json as Readonly<Record<string, unknown>>;
  const { properties = {} } = schema;
  const additionalProperties = schemaIn(schema.additionalProperties);
  if (additionalProperties !== undefined)
    return new RecordMap(record, (value) => valueOfSchema(value, additionalProperties));
  if (schema.properties === undefined && schema['x-kubernetes-preserve-unknown-fields']) return valueOfJson(json);
  const names = namesByEscaped(properties);
  const isThere = (name: string): boolean => Object.hasOwn(record, name);
  return new ObjectValue(
    'object',
    () => [...names].flatMap(([escaped, name]) => (isThere(name) ? [escaped] : [])),
    (escaped) => {
      const name = names.get(escaped);
      if (name === undefined || !isThere(name)) return undefined;
      return valueOfSchema(record[name], properties[name] as CelSchema);
    },
  );
}

function list(json: unknown, schema: CelSchema): CelValue {
  if (!Array.isArray(json)) return wrongType('array', json);
  const items = schemaIn(schema.items) ?? {};
  return new ListValue(json.length, (index) => valueOfSchema(json[index], items), semanticsOf(schema));
}

function semanticsOf(schema: CelSchema): ListSemantics {
  switch (schema['x-kubernetes-list-type']) {
    case 'set':
      return { type: 'set' };
    case 'map':
      return {
        type: 'map',
        keys: (schema['x-kubernetes-list-map-keys'] ?? []).flatMap((key) => escapeFieldName(key) ?? []),
      };
    default:
      return { type: 'atomic' };
  }
}

function text(json: string, format: string | undefined): CelValue {
  switch (format) {
    case 'byte':
      return Uint8Array.from(Buffer.from(json, 'base64'));
    case 'duration':
      return DurationValue.parse(json) ?? invalid('duration', json);
    case 'date':
      return TimestampValue.parse(`${json}T00:00:00Z`) ?? invalid('date', json);
    case 'date-time':
      return TimestampValue.parse(json) ?? invalid('date-time', json);
    default:
      return json;
  }
}

function invalid(format: string, json: string): never {
  throw new CelRuntimeError(`Invalid ${format} formatted string ${JSON.stringify(json)}`);
}

function wrongType(wanted: string, json: unknown): never {
  throw new CelRuntimeError(
    `invalid data, expected a ${wanted} but got ${Array.isArray(json) ? 'array' : typeof json}`,
  );
}
