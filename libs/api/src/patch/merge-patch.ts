import { isJsonObject, type JsonObject, type JsonValue } from './json-value.ts';
import { PatchError } from './patch-error.ts';

/**
 * Applies an RFC 7386 merge patch: objects merge key by key, null removes, everything else replaces. The document is not
 * changed. An object of the API stays one: a patch that is no JSON object throws `PatchError`.
 */
export function applyMergePatch<T>(document: T, patch: unknown): T {
  if (!isJsonObject(patch)) throw new PatchError('malformed', 'Invalid JSON Patch');
  return merge(document as JsonValue, patch) as T;
}

function merge(target: JsonValue | undefined, patch: JsonValue): JsonValue {
  if (!isJsonObject(patch)) return patch;
  const merged = new Map(Object.entries(isJsonObject(target) ? target : {}));
  for (const [key, value] of Object.entries(patch)) {
    if (value === null || value === undefined) merged.delete(key);
    else merged.set(key, merge(merged.get(key), value));
  }
  return Object.fromEntries(merged) as JsonObject;
}
