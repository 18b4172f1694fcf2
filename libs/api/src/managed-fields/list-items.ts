import { isJsonObject } from '../patch/json-value.ts';
import { ManagedFieldsError } from './managed-fields-error.ts';
import type { ListMergeSchema } from './merge-schema.ts';
import { keyElement, type PathElement, valueElement } from './path-element.ts';

/** What tells an item of a `map` or `set` list from the others. Throws `ManagedFieldsError` for an item that nothing tells apart. */
export function itemElement(schema: ListMergeSchema, item: unknown): PathElement {
  return schema.listType === 'map' ? keyedElement(schema, item) : scalarElement(item);
}

function keyedElement({ keys, items }: ListMergeSchema, item: unknown): PathElement {
  if (item === null) throw new ManagedFieldsError('associative list with keys may not have a null element');
  if (!isJsonObject(item)) throw new ManagedFieldsError('associative list with keys may not have non-map elements');
  return keyElement(
    keys.map((key) => {
      const value = item[key] ?? (items.kind === 'map' ? items.defaultOf?.(key) : undefined);
      if (value === undefined) {
        throw new ManagedFieldsError(
          `associative list with keys has an element that omits key field ${JSON.stringify(key)} (and doesn't have default value)`,
        );
      }
      return [key, value];
    }),
  );
}

function scalarElement(item: unknown): PathElement {
  if (item === null)
    throw new ManagedFieldsError("associative list without keys has an element that's an explicit null");
  if (Array.isArray(item)) {
    throw new ManagedFieldsError('not supported: associative list with lists as elements');
  }
  if (typeof item === 'object') {
    throw new ManagedFieldsError("associative list without keys has an element that's a map type");
  }
  return valueElement(item);
}

/** Items by what tells them apart, in their order; those of equal elements stand together, items that nothing tells apart are left out. */
export function groupItems(schema: ListMergeSchema, list: readonly unknown[]): Map<PathElement, unknown[]> {
  const groups = new Map<PathElement, unknown[]>();
  for (const item of list) {
    const element = maybeElement(schema, item);
    if (element === undefined) continue;
    const group = groups.get(element);
    if (group === undefined) groups.set(element, [item]);
    else group.push(item);
  }
  return groups;
}

/** `undefined` where `itemElement` fails: stored lists may be older than their schema. */
export function maybeElement(schema: ListMergeSchema, item: unknown): PathElement | undefined {
  try {
    return itemElement(schema, item);
  } catch (error) {
    if (error instanceof ManagedFieldsError) return undefined;
    throw error;
  }
}
