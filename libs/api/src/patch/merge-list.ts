import { dropDirectives, itemDirective, unknownPatchType } from './directives.ts';
import { goText } from './go-text.ts';
import { isJsonArray, isJsonObject, type JsonArray, type JsonObject, type JsonValue, jsonEqual } from './json-value.ts';
import { orderItems } from './order-items.ts';
import { PatchError } from './patch-error.ts';
import type { FieldRule } from './patch-rules.ts';

/** Merges an item of the patch into the item of the original with the same key. */
export type MergeItem = (original: JsonObject, patch: JsonObject) => JsonObject;

/** Merges two lists: scalars as a set, objects by the merge key of the field. */
export function mergeList(original: JsonArray, patch: JsonArray, rule: FieldRule, mergeItem: MergeItem): JsonArray {
  if (original.length === 0 && patch.length === 0) return original;
  if ([...original, ...patch].some(isJsonArray)) {
    throw new PatchError('notApplicable', 'lists of lists are not supported');
  }
  if ([...original, ...patch].some(isJsonObject)) return mergeObjects(original, patch, rule, mergeItem);
  return orderItems([...new Set([...original, ...patch])], patch, original, undefined);
}

function mergeObjects(original: JsonArray, patch: JsonArray, rule: FieldRule, mergeItem: MergeItem): JsonArray {
  const { mergeKey, owner } = rule;
  if (!mergeKey) throw new PatchError('unmergeable', `cannot merge lists without merge key for ${owner}`);
  const special = applyItemDirectives(original, patch, mergeKey);
  const merged = [...special.original];
  for (const item of special.patch) {
    const identity = identityOf(item, mergeKey);
    const index = merged.findIndex((other) => isJsonObject(other) && jsonEqual(other[mergeKey], identity));
    if (index < 0) merged.push(dropDirectives(item));
    else merged[index] = mergeItem(merged[index] as JsonObject, item);
  }
  return orderItems(merged, special.patch, special.original, mergeKey);
}

/** `{$patch: delete, <mergeKey>: x}` takes an item out, `{$patch: replace}` anywhere in the list replaces all of it. */
function applyItemDirectives(
  original: JsonArray,
  patch: JsonArray,
  mergeKey: string,
): { original: JsonArray; patch: JsonObject[] } {
  const plain: JsonObject[] = [];
  let kept = original;
  let replace = false;
  for (const item of patch) {
    if (!isJsonObject(item)) throw new PatchError('unmergeable', `expected a map, but received a ${typeName(item)}`);
    const directive = itemDirective(item);
    switch (directive) {
      case undefined:
        plain.push(item);
        break;
      case 'replace':
        replace = true;
        break;
      case 'delete': {
        const identity = identityOf(item, mergeKey);
        kept = kept.filter((other) => !(isJsonObject(other) && jsonEqual(other[mergeKey], identity)));
        break;
      }
      case 'merge':
        throw new PatchError('unmergeable', 'merging lists cannot yet be specified in the patch');
      default:
        throw unknownPatchType(directive, item);
    }
  }
  return replace
    ? { original: plain.map((item) => dropDirectives(item)), patch: [] }
    : { original: kept, patch: plain };
}

function identityOf(item: JsonObject, mergeKey: string): JsonValue {
  const identity = item[mergeKey];
  if (identity === undefined) {
    throw new PatchError('unmergeable', `map: ${goText(item)} does not contain declared merge key: ${mergeKey}`);
  }
  return identity;
}

function typeName(value: JsonValue): string {
  return value === null ? 'nil' : typeof value;
}
