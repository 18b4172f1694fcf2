import { type ObjectSchema, TypeSchemas } from '../schema/type-schemas.ts';
import { dropDirectives, itemDirective, readDirectives } from './directives.ts';
import { goText } from './go-text.ts';
import { isJsonArray, isJsonObject, type JsonArray, type JsonObject, type JsonValue } from './json-value.ts';
import { mergeList } from './merge-list.ts';
import { orderItems, placesAfter } from './order-items.ts';
import { PatchError } from './patch-error.ts';
import { childSchema, type FieldRule, fieldRule, type PatchSchema } from './patch-rules.ts';

/**
 * Applies a strategic merge patch to an object of a built-in type: like a merge patch, but lists merge by their merge key where
 * the type says so, and directives (`$patch`, `$retainKeys`, `$deleteFromPrimitiveList/…`, `$setElementOrder/…`) steer it.
 * The document is not changed. Throws `PatchError`.
 */
export function applyStrategicMergePatch<T>(typeName: string, document: T, patch: unknown): T {
  if (!isJsonObject(patch) || !isJsonObject(document)) throw new PatchError('malformed', 'invalid JSON document');
  const schema: ObjectSchema = TypeSchemas.builtIn().get(typeName);
  return mergeObject(document, patch, schema) as T;
}

/** Merges one object. `schema` is absent below free JSON and maps, where nothing but plain merging is known. */
function mergeObject(original: JsonObject, patch: JsonObject, schema: PatchSchema): JsonObject {
  const directives = readDirectives(patch);
  if (directives.patch === 'replace') return dropDirectives(directives.rest) as JsonObject;
  if (directives.patch === 'delete') return {};
  const merged = new Map(Object.entries(original));
  if (directives.retainKeys) {
    for (const key of merged.keys()) if (!directives.retainKeys.has(key)) merged.delete(key);
  }
  const pending = new Map(Object.entries(directives.rest));

  for (const [key, order] of directives.elementOrders) {
    const list = orderedList(key, merged.get(key), pending.get(key), order, schema);
    if (list) merged.set(key, list);
    if (list || isJsonArray(pending.get(key))) pending.delete(key);
  }
  for (const [key, values] of directives.deletedPrimitives) {
    const list = merged.get(key);
    if (isJsonArray(list))
      merged.set(
        key,
        list.filter((item) => !values.includes(item)),
      );
  }
  for (const [key, value] of pending) {
    if (value === null || value === undefined) merged.delete(key);
    else merged.set(key, mergeValue(key, merged.get(key), value, schema));
  }
  return Object.fromEntries(merged) as JsonObject;
}

function mergeValue(key: string, original: JsonValue | undefined, patch: JsonValue, schema: PatchSchema): JsonValue {
  if (isJsonObject(original) && isJsonObject(patch)) {
    const rule = fieldRule(schema, key);
    return rule.replace ? patch : mergeObject(original, patch, childSchema(rule));
  }
  if (isJsonArray(original) && isJsonArray(patch)) {
    const rule = fieldRule(schema, key);
    return rule.merge ? mergeLists(original, patch, rule) : patch;
  }
  return dropDirectives(patch);
}

function mergeLists(original: JsonArray, patch: JsonArray, rule: FieldRule): JsonArray {
  return mergeList(original, patch, rule, (item, change) => mergeObject(item, change, childSchema(rule)));
}

/** The list of a field that the patch gives an order for; `undefined` where neither side has the field. */
function orderedList(
  key: string,
  original: JsonValue | undefined,
  patch: JsonValue | undefined,
  order: JsonArray,
  schema: PatchSchema,
): JsonArray | undefined {
  const originalList = isJsonArray(original) ? original : undefined;
  const patchList = isJsonArray(patch) ? patch : undefined;
  if (!originalList && !patchList) return undefined;
  const rule = fieldRule(schema, key);
  if (patchList) checkOrder(patchList, order, rule.mergeKey);
  const merged =
    originalList && patchList
      ? mergeLists(originalList, patchList, rule)
      : (originalList ?? (dropDirectives(patchList ?? []) as JsonArray));
  return orderItems(merged, order, placesAfter(originalList ?? [], merged, rule.mergeKey), rule.mergeKey);
}

/** The patch's own list must stand in the order that it asks for. */
function checkOrder(patchList: JsonArray, order: JsonArray, mergeKey: string | undefined): void {
  const identity = (item: JsonValue) => (mergeKey && isJsonObject(item) ? item[mergeKey] : item);
  const wanted = order.map(identity);
  let position = 0;
  for (const item of patchList) {
    if (isJsonObject(item) && itemDirective(item) === 'delete') continue;
    const found = wanted.indexOf(identity(item), position);
    if (found < 0) {
      throw new PatchError(
        'unmergeable',
        `The order in patch list:\n${goText(patchList)}\n doesn't match $setElementOrder list:\n${goText(order)}\n`,
      );
    }
    position = found + 1;
  }
}
