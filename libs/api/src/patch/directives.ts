import { goText } from './go-text.ts';
import { isJsonArray, isJsonObject, type JsonArray, type JsonObject, type JsonValue } from './json-value.ts';
import { PatchError } from './patch-error.ts';

const patchDirective = '$patch';
const retainKeysDirective = '$retainKeys';
const deleteFromPrimitiveListPrefix = '$deleteFromPrimitiveList/';
const setElementOrderPrefix = '$setElementOrder/';

/** What one object of a patch says besides values. */
export interface Directives {
  readonly patch: 'replace' | 'delete' | undefined;
  /** Keys that survive in the original; the patch may set no others. */
  readonly retainKeys: ReadonlySet<string> | undefined;
  /** Items to take out of lists of scalars, by field. Anything but a list is ignored, as upstream does. */
  readonly deletedPrimitives: ReadonlyMap<string, JsonArray>;
  /** Wanted order of lists, by field. */
  readonly elementOrders: ReadonlyMap<string, JsonArray>;
  /** The object without its directives. */
  readonly rest: JsonObject;
}

export function readDirectives(object: JsonObject): Directives {
  const deletedPrimitives = new Map<string, JsonArray>();
  const elementOrders = new Map<string, JsonArray>();
  const rest: [string, JsonValue | undefined][] = [];
  for (const [key, value] of Object.entries(object)) {
    if (key === patchDirective || key === retainKeysDirective) continue;
    if (key.startsWith(deleteFromPrimitiveListPrefix)) {
      if (isJsonArray(value)) deletedPrimitives.set(key.slice(deleteFromPrimitiveListPrefix.length), value);
    } else if (key.startsWith(setElementOrderPrefix)) {
      elementOrders.set(
        key.slice(setElementOrderPrefix.length),
        listOr(value, 'invalid patch format of setElementOrder list'),
      );
    } else {
      rest.push([key, value]);
    }
  }
  return {
    patch: patchOf(object),
    retainKeys: retainKeysOf(object, rest),
    deletedPrimitives,
    elementOrders,
    rest: Object.fromEntries(rest),
  };
}

/** Value of the `$patch` directive of a list item. */
export function itemDirective(item: JsonObject): JsonValue | undefined {
  return item[patchDirective];
}

/** A part of the patch that the original lacks: taken as it is, without directives, nulls and items that only delete. */
export function dropDirectives(value: JsonValue): JsonValue {
  if (isJsonArray(value)) {
    return value.filter((item) => !(isJsonObject(item) && patchDirective in item)).map(dropDirectives);
  }
  if (!isJsonObject(value)) return value;
  const { patch, rest } = readDirectives(value);
  if (patch === 'delete') return {};
  const kept = Object.entries(rest).filter(([, child]) => child !== null && child !== undefined);
  return Object.fromEntries(kept.map(([key, child]) => [key, dropDirectives(child as JsonValue)]));
}

export function unknownPatchType(directive: JsonValue | undefined, object: JsonObject): PatchError {
  return new PatchError('unmergeable', `unknown patch type: ${goText(directive)} in map: ${goText(object)}`);
}

function patchOf(object: JsonObject): Directives['patch'] {
  if (!Object.hasOwn(object, patchDirective)) return undefined;
  const directive = object[patchDirective];
  if (directive === 'replace' || directive === 'delete') return directive;
  throw unknownPatchType(directive, object);
}

function retainKeysOf(
  object: JsonObject,
  rest: readonly (readonly [string, unknown])[],
): ReadonlySet<string> | undefined {
  const value = object[retainKeysDirective];
  if (value === undefined) return undefined;
  const keys = new Set(listOr(value, 'invalid patch format of retainKeys').map(String));
  const stray = rest.find(([key, child]) => child !== null && !keys.has(key));
  if (stray) throw new PatchError('malformed', 'invalid patch format of retainKeys');
  return keys;
}

function listOr(value: JsonValue | undefined, message: string): JsonArray {
  if (!isJsonArray(value)) throw new PatchError('malformed', message);
  return value;
}
