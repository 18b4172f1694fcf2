import { isJsonArray, isJsonObject } from '../patch/json-value.ts';
import { FieldSet } from './field-set.ts';
import { groupItems } from './list-items.ts';
import {
  childSchema,
  type ListMergeSchema,
  type MapMergeSchema,
  type MergeSchema,
  resolveSchema,
} from './merge-schema.ts';
import { fieldElement } from './path-element.ts';

/** The paths that an applier of this value owns: its leaves, the keys of its maps and the items of its lists. */
export function extractFields(schema: MergeSchema, value: unknown): FieldSet {
  return fieldsBelow(schema, value) ?? new FieldSet();
}

/** `undefined` for a leaf, which is owned as a whole. */
function fieldsBelow(schema: MergeSchema, value: unknown): FieldSet | undefined {
  const resolved = resolveSchema(schema, value);
  switch (resolved.kind) {
    case 'scalar':
      return undefined;
    case 'list':
      if (resolved.listType === 'atomic') return undefined;
      return isJsonArray(value) ? itemFields(resolved, value) : new FieldSet();
    case 'map':
      if (resolved.atomic) return undefined;
      return isJsonObject(value) ? mapFields(resolved, value) : new FieldSet();
    default:
      return resolved satisfies never;
  }
}

function mapFields(schema: MapMergeSchema, value: Readonly<Record<string, unknown>>): FieldSet {
  const set = new FieldSet();
  for (const [key, child] of Object.entries(value)) {
    if (child === undefined) continue;
    const element = fieldElement(key);
    const below = fieldsBelow(childSchema(schema, key), child);
    if (below !== undefined) set.attach(element, below);
    if (below === undefined || isNullOrEmptyMap(child) || schema.field(key) === undefined) set.members.add(element);
  }
  return set;
}

function itemFields(schema: ListMergeSchema, list: readonly unknown[]): FieldSet {
  const set = new FieldSet();
  for (const [element, items] of groupItems(schema, list)) {
    set.members.add(element);
    if (items.length === 1) set.attach(element, extractFields(schema.items, items[0]));
  }
  return set;
}

function isNullOrEmptyMap(value: unknown): boolean {
  return value === null || (isJsonObject(value) && Object.keys(value).length === 0);
}
