import {
  isForbiddenNull,
  isJsonObject,
  itemsOf,
  propertyOf,
  type Schema,
  valueSchemaOf,
} from '../schema/schema-node.ts';

/**
 * Fills in the schema's defaults, in place. A `null` that the schema does not allow counts as absent: it becomes the default, or goes
 * where there is none. Idempotent.
 */
export function applySchemaDefaults(value: unknown, schema: Schema | undefined): void {
  if (!schema) return;
  if (Array.isArray(value)) defaultItems(value, itemsOf(schema));
  else if (isJsonObject(value)) defaultFields(value, schema);
}

function defaultItems(list: unknown[], schema: Schema | undefined): void {
  for (const [i, item] of list.entries()) {
    if (schema?.default !== undefined && isForbiddenNull(item, schema)) list[i] = structuredClone(schema.default);
    applySchemaDefaults(list[i], schema);
  }
}

function defaultFields(object: Record<string, unknown>, schema: Schema): void {
  for (const [name, property] of Object.entries(schema.properties ?? {})) {
    if (property.default === undefined) continue;
    if (Object.hasOwn(object, name) && !isForbiddenNull(object[name], property)) continue;
    object[name] = structuredClone(property.default);
  }
  for (const [name, field] of Object.entries(object)) {
    const known = propertyOf(schema, name) ?? valueSchemaOf(schema);
    if (isForbiddenNull(field, known)) {
      if (known?.default === undefined) delete object[name];
      else object[name] = structuredClone(known.default);
    }
    applySchemaDefaults(object[name], known);
  }
}
