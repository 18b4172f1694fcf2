import { deepEqual } from '../object/deep-equal.ts';
import { isJsonArray, isJsonObject } from '../patch/json-value.ts';
import { FieldSet } from './field-set.ts';
import { groupItems } from './list-items.ts';
import {
  childSchema,
  type ListMergeSchema,
  type MapMergeSchema,
  type MergeSchema,
  type ResolvedSchema,
  resolveSchema,
} from './merge-schema.ts';
import { fieldElement, type PathElement } from './path-element.ts';

/** What tells a new object from an old one. No path is in two of the sets. */
export interface Comparison {
  readonly added: FieldSet;
  readonly modified: FieldSet;
  readonly removed: FieldSet;
}

/** `undefined` is absence; null is a value that the object has. */
export function compareFields(schema: MergeSchema, old: unknown, value: unknown): Comparison {
  const comparison = emptyComparison();
  compareBelow(schema, old, value, comparison);
  return comparison;
}

export function isSame({ added, modified, removed }: Comparison): boolean {
  return added.isEmpty && modified.isEmpty && removed.isEmpty;
}

/** Applies the same filter to all three sets. */
export function filterComparison(
  { added, modified, removed }: Comparison,
  filter: (set: FieldSet) => FieldSet,
): Comparison {
  return { added: filter(added), modified: filter(modified), removed: filter(removed) };
}

function emptyComparison(): Comparison {
  return { added: new FieldSet(), modified: new FieldSet(), removed: new FieldSet() };
}

/** Compares what stands at one element, and notes it there. */
function compareAt(element: PathElement, schema: MergeSchema, old: unknown, value: unknown, into: Comparison): void {
  if (old === value) return;
  const isLeaf = hasNoParts(schema) || comparePartsAt(element, schema, old, value, into);
  if (old === undefined) into.added.members.add(element);
  else if (value === undefined) into.removed.members.add(element);
  else if (isLeaf && !deepEqual(old, value)) into.modified.members.add(element);
}

function comparePartsAt(
  element: PathElement,
  schema: MergeSchema,
  old: unknown,
  value: unknown,
  into: Comparison,
): boolean {
  const below = emptyComparison();
  const isLeaf = compareBelow(schema, old, value, below);
  into.added.attach(element, below.added);
  into.modified.attach(element, below.modified);
  into.removed.attach(element, below.removed);
  return isLeaf;
}

/** Most places are such. */
function hasNoParts(schema: MergeSchema): boolean {
  return schema.kind === 'scalar' || (schema.kind === 'map' && schema.atomic);
}

/** True where the place has no parts with owners of their own. */
function compareBelow(schema: MergeSchema, old: unknown, value: unknown, into: Comparison): boolean {
  const before = resolveSchema(schema, old ?? value);
  const after = resolveSchema(schema, value ?? old);
  if (before.kind === after.kind) return compareParts(after, old, value, into);
  // Free JSON that has changed its form: the old parts are gone and the new ones are new.
  const oldIsLeaf = compareParts(before, old, undefined, into);
  return compareParts(after, undefined, value, into) || oldIsLeaf;
}

function compareParts(schema: ResolvedSchema, old: unknown, value: unknown, into: Comparison): boolean {
  switch (schema.kind) {
    case 'scalar':
      return true;
    case 'list': {
      const [before, after] = [isJsonArray(old) ? old : [], isJsonArray(value) ? value : []];
      if (schema.listType === 'atomic' || (before.length === 0 && after.length === 0)) return true;
      compareItems(schema, before, after, into);
      return false;
    }
    case 'map': {
      const [before, after] = [isJsonObject(old) ? old : {}, isJsonObject(value) ? value : {}];
      if (schema.atomic || (isEmptyMap(before) && isEmptyMap(after))) return true;
      compareKeys(schema, before, after, into);
      return false;
    }
    default:
      return schema satisfies never;
  }
}

type Fields = Readonly<Record<string, unknown>>;

function isEmptyMap(map: Fields): boolean {
  for (const _ in map) return false;
  return true;
}

function compareKeys(schema: MapMergeSchema, old: Fields, value: Fields, into: Comparison): void {
  for (const [key, child] of Object.entries(value)) {
    compareAt(fieldElement(key), childSchema(schema, key), ownOf(old, key), child, into);
  }
  for (const [key, child] of Object.entries(old)) {
    if (!Object.hasOwn(value, key)) compareAt(fieldElement(key), childSchema(schema, key), child, undefined, into);
  }
}

function ownOf(map: Fields, key: string): unknown {
  return Object.hasOwn(map, key) ? map[key] : undefined;
}

/** Items that nothing tells apart count as one part: changed when any of them is, and marked by their element alone. */
function compareItems(
  schema: ListMergeSchema,
  old: readonly unknown[],
  value: readonly unknown[],
  into: Comparison,
): void {
  const [before, after] = [groupItems(schema, old), groupItems(schema, value)];
  for (const element of new Set([...before.keys(), ...after.keys()])) {
    const [left, right] = [before.get(element) ?? [], after.get(element) ?? []];
    if (left.length <= 1 && right.length <= 1) compareAt(element, schema.items, left[0], right[0], into);
    else if (left.length > 1 && right.length > 1) {
      if (!deepEqual(left, right)) into.modified.members.add(element);
    } else if (left.length > 1) {
      if (right.length === 1) compareAt(element, schema.items, undefined, right[0], into);
      into.removed.members.add(element);
    } else {
      if (left.length === 1) compareAt(element, schema.items, left[0], undefined, into);
      into.added.members.add(element);
    }
  }
}
