import { ManagedFieldsError } from './managed-fields-error.ts';

/**
 * One step of a path, in the form of FieldsV1 with the JSON parts in canonical form, so that equal steps are equal texts: `f:<field name>`,
 * `k:<key fields of a list item>`, `v:<value of a set item>`, `i:<index>`.
 */
export type PathElement = string;

/** From the object down; never empty in a set. */
export type FieldPath = readonly PathElement[];

export function fieldElement(name: string): PathElement {
  return `f:${name}`;
}

/** `fields` in any order. */
export function keyElement(fields: readonly (readonly [name: string, value: unknown])[]): PathElement {
  const sorted = fields.length < 2 ? fields : [...fields].sort(([a], [b]) => (a < b ? -1 : 1));
  return `k:{${sorted.map(([name, value]) => `${goJson(name)}:${goJson(value)}`).join(',')}}`;
}

export function valueElement(value: unknown): PathElement {
  return `v:${goJson(value)}`;
}

/** A path of field names. */
export function fieldPath(...names: readonly string[]): FieldPath {
  return names.map(fieldElement);
}

/** Reads a key of FieldsV1. `undefined` for a kind of step that this version does not know. Throws `ManagedFieldsError`. */
export function parseElement(text: string): PathElement | undefined {
  if (text.startsWith('f:')) return text;
  if (text.length < 2) throw new ManagedFieldsError('key must be 2 characters long:');
  if (text[1] !== ':') throw new ManagedFieldsError(`missing colon: ${text}`);
  switch (text[0]) {
    case 'k':
      return keyElement(Object.entries(jsonOf(text) as object));
    case 'v':
      return valueElement(jsonOf(text));
    case 'i':
      if (!/^i:-?\d+$/.test(text)) throw new ManagedFieldsError(`invalid index: ${text}`);
      return text;
    default:
      return undefined;
  }
}

/** Orders steps as FieldsV1 does: field names, keys, values, indexes. */
export function compareElements(a: PathElement, b: PathElement): number {
  if (a === b) return 0;
  const kind = kinds.indexOf(a[0] ?? '') - kinds.indexOf(b[0] ?? '');
  if (kind !== 0) return kind;
  switch (a[0]) {
    case 'k':
      return compareKeys(jsonOf(a) as object, jsonOf(b) as object);
    case 'v':
      return compareValues(jsonOf(a), jsonOf(b));
    case 'i':
      return Number(a.slice(2)) - Number(b.slice(2));
    default:
      return a < b ? -1 : 1;
  }
}

/** A path as messages show it: `.spec.containers[name="web"].image`, `.metadata.finalizers[="x"]`. */
export function pathText(path: FieldPath): string {
  return path.map(elementText).join('');
}

export function elementText(element: PathElement): string {
  const content = element.slice(2);
  switch (element[0]) {
    case 'k': {
      const fields = Object.entries(jsonOf(element) as object);
      return `[${fields.map(([name, value]) => `${name}=${JSON.stringify(value)}`).join(',')}]`;
    }
    case 'v':
      return `[=${JSON.stringify(jsonOf(element))}]`;
    case 'i':
      return `[${content}]`;
    default:
      return `.${content}`;
  }
}

const kinds = ['f', 'k', 'v', 'i'];

function jsonOf(element: string): unknown {
  try {
    return JSON.parse(element.slice(2));
  } catch (cause) {
    throw new ManagedFieldsError(`parsing key as path element: ${element}`, { cause });
  }
}

const escapedByGo: Readonly<Record<string, string>> = {
  '<': '\\u003c',
  '>': '\\u003e',
  '&': '\\u0026',
  '\u2028': '\\u2028',
  '\u2029': '\\u2029',
};

/** JSON with the escapes that Go's encoder adds, so that stored sets are those that upstream would write. */
function goJson(value: unknown): string {
  const text = JSON.stringify(value);
  return /[<>&\u2028\u2029]/.test(text)
    ? text.replace(/[<>&\u2028\u2029]/g, (character) => escapedByGo[character] ?? character)
    : text;
}

function compareKeys(a: object, b: object): number {
  const [left, right] = [Object.entries(a), Object.entries(b)];
  for (const [index, [name, value]] of left.entries()) {
    const other = right[index];
    if (other === undefined) return 1;
    if (name !== other[0]) return name < other[0] ? -1 : 1;
    const order = compareValues(value, other[1]);
    if (order !== 0) return order;
  }
  return left.length - right.length;
}

/** Numbers before texts before booleans before everything else. */
function compareValues(a: unknown, b: unknown): number {
  const order = typeRank(a) - typeRank(b);
  if (order !== 0) return order;
  if (typeof a === 'number' || typeof a === 'bigint') return a === b ? 0 : a < (b as number) ? -1 : 1;
  if (typeof a === 'boolean') return Number(a) - Number(b);
  const [left, right] = typeof a === 'string' ? [a, b as string] : [JSON.stringify(a), JSON.stringify(b)];
  return left === right ? 0 : left < right ? -1 : 1;
}

function typeRank(value: unknown): number {
  const rank = ['number', 'string', 'boolean'].indexOf(typeof value === 'bigint' ? 'number' : typeof value);
  return rank < 0 ? 3 : rank;
}
