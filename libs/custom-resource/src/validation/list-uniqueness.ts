import { duplicateValue, type FieldError, invalidValue } from '@orrery/api';
import {
  childPath,
  isJsonObject,
  itemsOf,
  keyPath,
  propertyOf,
  type Schema,
  valueSchemaOf,
} from '../schema/schema-node.ts';

/** Lists of type `set` have no item twice, lists of type `map` no keys. */
export function validateListUniqueness(value: unknown, schema: Schema | undefined, path = ''): FieldError[] {
  if (!schema) return [];
  if (Array.isArray(value)) {
    const items = itemsOf(schema);
    return [
      ...ownErrors(value, schema, path),
      ...value.flatMap((item, i) => validateListUniqueness(item, items, `${path}[${i}]`)),
    ];
  }
  if (!isJsonObject(value)) return [];
  return Object.entries(value).flatMap(([name, field]) => {
    const property = propertyOf(schema, name);
    if (property) return validateListUniqueness(field, property, childPath(path, name));
    return validateListUniqueness(field, valueSchemaOf(schema), keyPath(path, name));
  });
}

/** Text by which items of a list of type `map` are told apart; what is no object has no keys. */
export function listItemKey(item: unknown, keys: readonly string[]): string {
  return canonical(keyFields(item, keys));
}

function ownErrors(list: readonly unknown[], schema: Schema, path: string): FieldError[] {
  switch (schema['x-kubernetes-list-type']) {
    case 'set':
      return duplicates(list, path);
    case 'map': {
      const odd = list.findIndex((item) => item !== null && !isJsonObject(item));
      if (odd >= 0) {
        return [invalidValue(`${path}[${odd}]`, list[odd], 'must be an object for an array of list-type map')];
      }
      const keys = schema['x-kubernetes-list-map-keys'] ?? [];
      return duplicates(
        list.map((item) => keyFields(item, keys)),
        path,
      );
    }
    default:
      return [];
  }
}

function keyFields(item: unknown, keys: readonly string[]): Record<string, unknown> {
  if (!isJsonObject(item)) return {};
  return Object.fromEntries(keys.filter((key) => Object.hasOwn(item, key)).map((key) => [key, item[key]]));
}

/** The second appearance of each value. */
function duplicates(values: readonly unknown[], path: string): FieldError[] {
  const counts = new Map<string, number>();
  return values.flatMap((value, i) => {
    const text = canonical(value);
    const before = counts.get(text) ?? 0;
    counts.set(text, before + 1);
    return before === 1 ? [duplicateValue(`${path}[${i}]`, value)] : [];
  });
}

/** JSON with the fields in order: equal values have equal texts. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (_, field: unknown) => {
    if (!isJsonObject(field)) return field;
    return Object.fromEntries(Object.entries(field).sort(([a], [b]) => (a < b ? -1 : 1)));
  });
}
