import { isJsonArray, isJsonObject, type JsonValue } from './json-value.ts';

/** A value as upstream's messages show it: `map[a:1 b:[x y]]`, `<nil>`. */
export function goText(value: JsonValue | undefined): string {
  if (value === null || value === undefined) return '<nil>';
  if (isJsonArray(value)) return `[${value.map(goText).join(' ')}]`;
  if (!isJsonObject(value)) return String(value);
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return `map[${entries.map(([key, child]) => `${key}:${goText(child)}`).join(' ')}]`;
}

/** A patch, as an error about it shows it. */
export function patchText(patch: unknown): string {
  return goText(patch as JsonValue);
}
