import { type FieldError, forbiddenField, invalidValue, notSupported, required } from '@orrery/api';
import { childPath, itemsOf, keyPath, propertyOf, type Schema } from '../schema/schema-node.ts';

const listTypes = ['atomic', 'set', 'map'];

/** What a list must be so that its items can be told apart. */
export function validateListType(schema: Schema, path: string): FieldError[] {
  const listType = schema['x-kubernetes-list-type'];
  const findings: FieldError[] = [];
  if (listType !== undefined && schema.type !== 'array') {
    const detail = 'must be array if x-kubernetes-list-type is specified';
    const at = childPath(path, 'type');
    findings.push(schema.type ? invalidValue(at, schema.type, detail) : required(at, detail));
  } else if (listType === 'set') {
    findings.push(...validateSetItems(itemsOf(schema), childPath(path, 'items')));
  }
  const at = childPath(path, 'x-kubernetes-list-type');
  if (listType !== undefined && !listTypes.includes(listType)) findings.push(notSupported(at, listType, listTypes));
  if ((schema['x-kubernetes-list-map-keys'] ?? []).length > 0 && listType !== 'map') {
    const detail = 'must be map if x-kubernetes-list-map-keys is non-empty';
    findings.push(listType === undefined ? required(at, detail) : invalidValue(at, listType, detail));
  }
  if (listType === 'map') findings.push(...validateMapKeys(schema, path));
  if (listType === 'map' || listType === 'set') findings.push(...validateNoNulls(schema, listType, path));
  return findings;
}

/** Items of a set are compared as a whole, so they must have one owner. */
function validateSetItems(items: Schema | undefined, path: string): FieldError[] {
  const detail = 'must be atomic as item of a list with x-kubernetes-list-type=set';
  const listType = items?.['x-kubernetes-list-type'];
  if (items?.type === 'array' && listType !== undefined && listType !== 'atomic') {
    return [invalidValue(childPath(path, 'x-kubernetes-list-type'), listType, detail)];
  }
  if (items?.type === 'object' && items['x-kubernetes-map-type'] !== 'atomic') {
    return [invalidValue(childPath(path, 'x-kubernetes-map-type'), listType ?? null, detail)];
  }
  return [];
}

function validateMapKeys(schema: Schema, path: string): FieldError[] {
  const keys = schema['x-kubernetes-list-map-keys'] ?? [];
  const keysPath = childPath(path, 'x-kubernetes-list-map-keys');
  const itemsPath = childPath(path, 'items');
  const items = itemsOf(schema);
  const findings: FieldError[] = [];
  if (keys.length === 0) {
    findings.push(required(keysPath, 'must not be empty if x-kubernetes-list-type is map'));
  }
  if (schema.items === undefined) {
    findings.push(required(itemsPath, 'must have a schema if x-kubernetes-list-type is map'));
  } else if (!items) {
    const detail = 'must only have a single schema if x-kubernetes-list-type is map';
    findings.push(invalidValue(itemsPath, schema.items, detail));
  }
  if (!items) return findings;
  if (items.type !== 'object') {
    const detail = "must be object if parent array's x-kubernetes-list-type is map";
    return [...findings, invalidValue(`${itemsPath}.type`, items.type ?? '', detail)];
  }
  for (const [i, key] of keys.entries()) {
    const property = propertyOf(items, key);
    if (!property) findings.push(invalidValue(keysPath, keys, 'entries must all be names of item properties'));
    else if (property.type === 'array' || property.type === 'object') {
      const at = `${keyPath(childPath(itemsPath, 'properties'), key)}.type`;
      const detail = "must be a scalar type if parent array's x-kubernetes-list-type is map";
      findings.push(invalidValue(at, items.type, detail));
    }
    if (keys.indexOf(key) < i) findings.push(invalidValue(keysPath, keys, 'must not contain duplicate entries'));
  }
  return findings;
}

/** Items and keys that may be null could not be told apart. */
function validateNoNulls(schema: Schema, listType: 'map' | 'set', path: string): FieldError[] {
  const items = itemsOf(schema);
  if (!items) return [];
  const itemsPath = childPath(path, 'items');
  const findings: FieldError[] = [];
  if (items.nullable) {
    const detail = `cannot be nullable when x-kubernetes-list-type is ${listType}`;
    findings.push(forbiddenField(`${itemsPath}.nullable`, detail));
  }
  if (listType === 'set') return findings;
  for (const key of schema['x-kubernetes-list-map-keys'] ?? []) {
    const property = propertyOf(items, key);
    if (!property) continue;
    const at = keyPath(childPath(itemsPath, 'properties'), key);
    if (!items.required?.includes(key) && property.default === undefined) {
      const detail =
        'this property is in x-kubernetes-list-map-keys, so it must have a default or be a required property';
      findings.push(required(`${at}.default`, detail));
    }
    if (property.nullable) {
      const detail = 'this property is in x-kubernetes-list-map-keys, so it cannot be nullable';
      findings.push(forbiddenField(`${at}.nullable`, detail));
    }
  }
  return findings;
}
