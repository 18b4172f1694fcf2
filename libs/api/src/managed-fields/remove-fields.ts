import { isJsonArray, isJsonObject } from '../patch/json-value.ts';
import type { FieldSet } from './field-set.ts';
import { maybeElement } from './list-items.ts';
import {
  childSchema,
  type ListMergeSchema,
  type MapMergeSchema,
  type MergeSchema,
  resolveSchema,
} from './merge-schema.ts';
import { fieldElement } from './path-element.ts';

/** The value without what the set names and all that lies below it. What becomes empty by that is null, as upstream leaves it. */
export function removeFields(schema: MergeSchema, value: unknown, set: FieldSet): unknown {
  if (set.isEmpty) return value;
  const resolved = resolveSchema(schema, value);
  switch (resolved.kind) {
    case 'scalar':
      return value;
    case 'list':
      return resolved.listType !== 'atomic' && isJsonArray(value) ? removeItems(resolved, value, set) : null;
    case 'map':
      return !resolved.atomic && isJsonObject(value) ? removeKeys(resolved, value, set) : null;
    default:
      return resolved satisfies never;
  }
}

function removeKeys(schema: MapMergeSchema, map: Readonly<Record<string, unknown>>, set: FieldSet): unknown {
  const kept: [string, unknown][] = [];
  for (const [key, child] of Object.entries(map)) {
    const element = fieldElement(key);
    if (set.members.has(element)) continue;
    const below = set.children.get(element);
    kept.push([key, below === undefined ? child : removeFields(childSchema(schema, key), child, below)]);
  }
  return kept.length > 0 ? Object.fromEntries(kept) : null;
}

function removeItems(schema: ListMergeSchema, list: readonly unknown[], set: FieldSet): unknown {
  const kept: unknown[] = [];
  for (const item of list) {
    const element = maybeElement(schema, item) ?? '';
    if (set.members.has(element)) continue;
    const below = set.children.get(element);
    kept.push(below === undefined ? item : removeFields(schema.items, item, below));
  }
  return kept.length > 0 ? kept : null;
}
