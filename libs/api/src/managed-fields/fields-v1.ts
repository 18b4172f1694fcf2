import { FieldSet } from './field-set.ts';
import { ManagedFieldsError } from './managed-fields-error.ts';
import { compareElements, parseElement } from './path-element.ts';

/** A set of fields as `managedFields` holds it: a tree of path elements, where `.` says that the element itself is in the set. */
export interface FieldsV1 {
  readonly [element: string]: FieldsV1;
}

const self = '.';
const leaf: FieldsV1 = Object.freeze({});

/** Reads a set. Steps of an unknown kind are dropped, as upstream does. Throws `ManagedFieldsError`. */
export function parseFieldsV1(value: unknown): FieldSet {
  const set = new FieldSet();
  for (const [key, content] of entriesOf(value)) {
    const element = key === self ? undefined : parseElement(key);
    if (element === undefined) continue;
    const branch = parseFieldsV1(content);
    if (branch.isEmpty || self in (content as object)) set.members.add(element);
    set.attach(element, branch);
  }
  return set;
}

/** Writes a set, in upstream's order. */
export function formatFieldsV1(set: FieldSet): FieldsV1 {
  return format(set, {});
}

function format(set: FieldSet, fields: Record<string, FieldsV1>): FieldsV1 {
  const elements = new Set([...set.members, ...set.children.keys()]);
  for (const element of [...elements].sort(compareElements)) {
    const branch = set.children.get(element);
    if (branch === undefined) fields[element] = leaf;
    else fields[element] = format(branch, set.members.has(element) ? { [self]: leaf } : {});
  }
  return fields;
}

function entriesOf(value: unknown): [string, unknown][] {
  if (value === null || value === undefined) return [];
  if (typeof value !== 'object' || Array.isArray(value)) throw new ManagedFieldsError('fieldsV1 must be an object');
  return Object.entries(value);
}
