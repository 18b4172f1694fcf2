import { isJsonArray, isJsonObject, type JsonArray, type JsonObject, type JsonValue, jsonEqual } from './json-value.ts';
import { PatchError, PatchTestFailedError } from './patch-error.ts';

/** Upstream refuses longer patches. */
export const jsonPatchOperationsMax = 10_000;

/** A step into a document: what holds the last part of a path, and that part. */
interface Place {
  readonly path: string;
  readonly parents: readonly Step[];
  readonly key: string;
}

interface Step {
  readonly container: JsonValue;
  readonly key: string;
}

/**
 * Applies an RFC 6902 patch. The document is not changed; parts that the patch does not touch are shared with the result.
 * Throws `PatchError`; either all operations apply or none.
 */
export function applyJsonPatch<T>(document: T, operations: unknown): T {
  if (!isJsonArray(operations)) {
    throw malformed('json: cannot unmarshal object into Go value of type jsonpatch.Patch');
  }
  if (operations.length > jsonPatchOperationsMax) {
    throw new PatchError(
      'tooLarge',
      `The allowed maximum operations in a JSON patch is ${jsonPatchOperationsMax}, got ${operations.length}`,
    );
  }
  return operations.reduce<JsonValue>(applyOperation, document as JsonValue) as T;
}

const operationFields: ReadonlySet<string> = new Set(['op', 'path', 'from', 'value']);

/** What strict decoding says of a JSON patch: fields that operations do not have. */
export function jsonPatchFindings(operations: unknown): string[] {
  if (!isJsonArray(operations)) return [];
  return operations.flatMap((operation, index) =>
    Object.keys(isJsonObject(operation) ? operation : {})
      .filter((field) => !operationFields.has(field))
      .map((field) => `unknown field "[${index}].${field}"`),
  );
}

function applyOperation(document: JsonValue, operation: JsonValue): JsonValue {
  if (!isJsonObject(operation)) throw malformed('json: cannot unmarshal into Go value of type jsonpatch.Operation');
  const path = operation.path;
  if (typeof path !== 'string')
    throw inapplicable(`${operation.op ?? 'unknown'} operation failed to decode path: missing value`);
  switch (operation.op) {
    case 'add':
      return add(document, path, addedValue(operation));
    case 'remove':
      return remove(document, path);
    case 'replace':
      return replace(document, path, addedValue(operation));
    case 'move':
      return move(document, fromOf(operation, 'move'), path);
    case 'copy':
      return copy(document, fromOf(operation, 'copy'), path);
    case 'test':
      return test(document, path, operation.value ?? null);
    default:
      throw inapplicable(`Unexpected kind: ${operation.op ?? 'unknown'}`);
  }
}

function add(document: JsonValue, path: string, value: JsonValue): JsonValue {
  if (path === '') return value;
  const place = find(document, path);
  if (!place) throw inapplicable(`add operation does not apply: doc is missing path: "${path}": missing value`);
  return addAt(place, value, `error in add for path: '${path}'`);
}

function addAt(place: Place, value: JsonValue, about: string): JsonValue {
  return rebuild(place, (container, key) => {
    if (isJsonObject(container)) return withEntry(container, key, value);
    return container.toSpliced(key === '-' ? container.length : indexOf(key, container.length, about), 0, value);
  });
}

function remove(document: JsonValue, path: string): JsonValue {
  const place = find(document, path);
  if (!place) throw inapplicable(`remove operation does not apply: doc is missing path: "${path}": missing value`);
  return removeAt(place, `error in remove for path: '${path}'`);
}

function removeAt(place: Place, about: string): JsonValue {
  return rebuild(place, (container, key) => {
    if (isJsonArray(container)) return container.toSpliced(indexOf(key, container.length - 1, about), 1);
    if (!Object.hasOwn(container, key)) {
      throw inapplicable(`${about}: Unable to remove nonexistent key: ${key}: missing value`);
    }
    return Object.fromEntries(Object.entries(container).filter(([other]) => other !== key)) as JsonObject;
  });
}

/** A missing member is added: upstream's library is laxer here than the RFC. */
function replace(document: JsonValue, path: string, value: JsonValue): JsonValue {
  if (path === '') return value;
  const place = find(document, path);
  if (!place) throw inapplicable(`replace operation does not apply: doc is missing path: ${path}: missing value`);
  return rebuild(place, (container, key) => {
    if (isJsonObject(container)) return withEntry(container, key, value);
    const index = placeInArray(key, container.length - 1);
    if (typeof index === 'string') {
      throw inapplicable(`replace operation does not apply: doc is missing key: ${path}: missing value`);
    }
    return container.with(index, value);
  });
}

function move(document: JsonValue, from: string, path: string): JsonValue {
  const place = find(document, from);
  if (!place) throw inapplicable(`move operation does not apply: doc is missing from path: ${from}: missing value`);
  const about = `error in move for path: '${place.key}'`;
  const value = valueAt(place, about);
  const rest = removeAt(place, about);
  const target = find(rest, path);
  if (!target)
    throw inapplicable(`move operation does not apply: doc is missing destination path: ${path}: missing value`);
  return addAt(target, value ?? null, `error in move for path: '${path}'`);
}

/** A missing member is copied as null, as upstream's library does. */
function copy(document: JsonValue, from: string, path: string): JsonValue {
  const place = find(document, from);
  if (!place) throw inapplicable(`copy operation does not apply: doc is missing from path: ${from}: missing value`);
  const value = valueAt(place, `error in copy for from: '${from}'`);
  const target = find(document, path);
  if (!target)
    throw inapplicable(`copy operation does not apply: doc is missing destination path: ${path}: missing value`);
  return addAt(target, value ?? null, 'error while adding value during copy');
}

/** A missing key equals null, as upstream's library has it. */
function test(document: JsonValue, path: string, expected: JsonValue): JsonValue {
  const place = path === '' ? undefined : find(document, path);
  if (path !== '' && !place) {
    throw inapplicable(`test operation does not apply: is missing path: ${path}: missing value`);
  }
  const actual = place ? valueAt(place, `error in test for path: '${path}'`) : document;
  if (!jsonEqual(actual ?? null, expected)) {
    throw new PatchTestFailedError('notApplicable', `testing value ${path} failed: test failed`);
  }
  return document;
}

function valueAt({ parents, key }: Place, about: string): JsonValue | undefined {
  const container = parents.at(-1)?.container;
  if (isJsonArray(container)) return container[indexOf(key, container.length - 1, about)];
  return isJsonObject(container) && Object.hasOwn(container, key) ? container[key] : undefined;
}

/** Walks to the container that holds the last part of the path; `undefined` where there is none. */
function find(document: JsonValue, path: string): Place | undefined {
  const [head, ...keys] = path.split('/').map(unescapePart);
  if (head !== '' || keys.length === 0) return undefined;
  const parents: Step[] = [];
  let container: JsonValue | undefined = document;
  for (const [depth, key] of keys.entries()) {
    if (!isJsonObject(container) && !isJsonArray(container)) return undefined;
    parents.push({ container, key });
    if (depth === keys.length - 1) return { path, parents, key };
    container = child(container, key);
  }
  return undefined;
}

function child(container: JsonObject | JsonArray, key: string): JsonValue | undefined {
  if (isJsonArray(container)) return /^-?\d+$/.test(key) ? container.at(Number(key)) : undefined;
  return Object.hasOwn(container, key) ? container[key] : undefined;
}

/** Replaces the innermost container and copies the ones around it. */
function rebuild(place: Place, change: (container: JsonObject | JsonArray, key: string) => JsonValue): JsonValue {
  const innermost = place.parents.at(-1);
  if (!innermost) throw inapplicable(`unable to find ${place.path}: missing value`);
  const changed = change(innermost.container as JsonObject | JsonArray, innermost.key);
  return place.parents.slice(0, -1).reduceRight<JsonValue>((value, { container, key }) => {
    if (isJsonArray(container)) return container.with(Number(key), value);
    return withEntry(container as JsonObject, key, value);
  }, changed);
}

/** Keeps the place of a key that exists. */
function withEntry(object: JsonObject, key: string, value: JsonValue): JsonObject {
  const entries = Object.entries(object);
  const index = entries.findIndex(([other]) => other === key);
  return Object.fromEntries(index < 0 ? [...entries, [key, value]] : entries.with(index, [key, value])) as JsonObject;
}

/** `about` says in upstream's words what failed. */
function indexOf(key: string, indexMax: number, about: string): number {
  const index = placeInArray(key, indexMax);
  if (typeof index === 'string') throw inapplicable(`${about}: ${index}`);
  return index;
}

/** The index that a key means, or what is wrong with it. Negative indexes count from the end, as in upstream's library. */
function placeInArray(key: string, indexMax: number): number | string {
  if (!/^[+-]?\d+$/.test(key)) return `strconv.Atoi: parsing ${JSON.stringify(key)}: invalid syntax`;
  const index = Number(key);
  if (index > indexMax || index < -(indexMax + 1)) {
    return `Unable to access invalid index: ${index}: invalid index referenced`;
  }
  return index < 0 ? index + indexMax + 1 : index;
}

function unescapePart(part: string): string {
  return part.replaceAll('~1', '/').replaceAll('~0', '~');
}

/** An operation without value adds null. */
function addedValue(operation: JsonObject): JsonValue {
  return operation.value ?? null;
}

function fromOf(operation: JsonObject, kind: string): string {
  if (typeof operation.from !== 'string')
    throw inapplicable(`${kind} operation failed to decode from: operation, missing from field: missing value`);
  return operation.from;
}

function malformed(message: string): PatchError {
  return new PatchError('malformed', message);
}

function inapplicable(message: string): PatchError {
  return new PatchError('notApplicable', message);
}
