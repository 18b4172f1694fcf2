import {
  childPath,
  isEmbedded,
  isJsonObject,
  isPreserving,
  itemsOf,
  propertyOf,
  type Schema,
  valueSchemaOf,
  valuesOf,
} from '../schema/schema-node.ts';

/** What every resource has, also where its schema does not say so. */
export const metaFields: ReadonlySet<string> = new Set(['apiVersion', 'kind', 'metadata']);

/**
 * Drops the fields that the schema does not know, in place, and gives their paths, sorted. `isResource`: the value is an object of the
 * API, whose own `apiVersion`, `kind` and `metadata` stay.
 */
export function prune(value: unknown, schema: Schema, isResource: boolean): string[] {
  const pruning = new Pruning();
  const root = isResource ? { ...schema, 'x-kubernetes-embedded-resource': true } : schema;
  pruning.value(value, root, '');
  return pruning.dropped.sort();
}

class Pruning {
  readonly dropped: string[] = [];

  /** No schema: nothing is known of what is inside. */
  value(value: unknown, schema: Schema | undefined, path: string): void {
    if (schema && isPreserving(schema)) this.preserved(value, schema, path);
    else if (Array.isArray(value)) this.items(value, schema && itemsOf(schema), path);
    else if (isJsonObject(value)) this.fields(value, schema, path);
  }

  private items(list: readonly unknown[], schema: Schema | undefined, path: string): void {
    for (const [i, item] of list.entries()) this.value(item, schema, `${path}[${i}]`);
  }

  private fields(object: Record<string, unknown>, schema: Schema | undefined, path: string): void {
    for (const [name, value] of Object.entries(object)) {
      if (schema && isEmbedded(schema) && metaFields.has(name)) continue;
      const at = childPath(path, name);
      const property = propertyOf(schema, name);
      if (property) this.value(value, property, at);
      else if (schema && valuesOf(schema) !== undefined) this.value(value, valueSchemaOf(schema), at);
      else {
        delete object[name];
        this.dropped.push(at);
      }
    }
  }

  /** Unknown fields stay; what the schema does specify is pruned further down. */
  private preserved(value: unknown, schema: Schema, path: string): void {
    if (Array.isArray(value)) {
      const items = itemsOf(schema);
      for (const [i, item] of value.entries()) if (items) this.value(item, items, `${path}[${i}]`);
      return;
    }
    if (!isJsonObject(value)) return;
    for (const [name, field] of Object.entries(value)) {
      if (isEmbedded(schema) && metaFields.has(name)) continue;
      const known = propertyOf(schema, name) ?? valueSchemaOf(schema);
      if (known) this.value(field, known, childPath(path, name));
    }
  }
}
