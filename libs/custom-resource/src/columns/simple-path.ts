import { isJsonObject } from '../schema/schema-node.ts';

/** What a simple JSON path finds: the value, that there is none, or that something on the way is no object. */
export type PathValue =
  | { readonly kind: 'found'; readonly value: unknown }
  | { readonly kind: 'absent' }
  | { readonly kind: 'blocked'; readonly at: string; readonly value: unknown };

/** Reads a path of fields: `.spec.replicas`. */
export function readSimplePath(object: unknown, path: string): PathValue {
  let value = object;
  let at = '';
  for (const name of namesOf(path)) {
    if (!isJsonObject(value)) return { kind: 'blocked', at, value };
    if (!Object.hasOwn(value, name)) return { kind: 'absent' };
    value = value[name];
    at = `${at}.${name}`;
  }
  return { kind: 'found', value };
}

/** A copy of the object with a value at the path; objects on the way are made where they are missing. */
export function withSimplePath<T extends object>(object: T, path: string, value: unknown): T {
  return set(object, namesOf(path), value) as T;
}

function set(target: unknown, [name, ...rest]: readonly string[], value: unknown): unknown {
  if (name === undefined) return value;
  const fields = isJsonObject(target) ? target : {};
  return { ...fields, [name]: set(fields[name], rest, value) };
}

function namesOf(path: string): string[] {
  return path.replace(/^\./, '').split('.');
}
