import { deepEqual, type FieldError, fieldErrorText, forbiddenField, invalidValue, required } from '@orrery/api';
import { patternProblem } from '../validation/compiled-pattern.ts';
import {
  childPath,
  isEmbedded,
  isIntOrString,
  isPreserving,
  itemsOf,
  keyPath,
  propertyOf,
  type Schema,
  valueSchemaOf,
  valuesOf,
} from './schema-node.ts';
import { validateCompleteness } from './structural-completeness.ts';

type Level = 'root' | 'item' | 'field';

/**
 * Is the schema structural: does it say the type of every field outside of `allOf`, `anyOf`, `oneOf` and `not`? Only then the server can
 * prune and default. Findings in the order of their texts.
 */
export function validateStructural(schema: Schema, path: string): FieldError[] {
  const findings = [...validateNode(schema, 'root', path), ...validateCompleteness(schema, path)];
  const texts = new Map(findings.map((finding) => [finding, fieldErrorText(finding)]));
  return findings.sort((a, b) => ((texts.get(a) ?? '') < (texts.get(b) ?? '') ? -1 : 1));
}

function validateNode(schema: Schema, level: Level, path: string): FieldError[] {
  const items = itemsOf(schema);
  const values = valueSchemaOf(schema);
  return [
    ...(schema.type === 'array' && !items ? [required(childPath(path, 'items'), 'must be specified')] : []),
    ...(items ? validateNode(items, 'item', childPath(path, 'items')) : []),
    ...Object.entries(schema.properties ?? {}).flatMap(([name, property]) =>
      validateNode(property, 'field', keyPath(childPath(path, 'properties'), name)),
    ),
    ...(valuesOf(schema) !== undefined && level === 'root'
      ? [forbiddenField(childPath(path, 'additionalProperties'), 'must not be used at the root')]
      : []),
    ...(values ? validateNode(values, 'field', childPath(path, 'additionalProperties')) : []),
    ...validateExtensions(schema, path),
    ...validateJunctors(schema, path, skippedAnyOf(schema)),
    ...validateType(schema, level, path),
    ...validateMetadata(schema, level, path),
  ];
}

function validateExtensions(schema: Schema, path: string): FieldError[] {
  if (!isIntOrString(schema)) return [];
  const mustBeFalse = (name: string) =>
    invalidValue(childPath(path, name), true, 'must be false if x-kubernetes-int-or-string is true');
  return [
    ...(isPreserving(schema) ? [mustBeFalse('x-kubernetes-preserve-unknown-fields')] : []),
    ...(isEmbedded(schema) ? [mustBeFalse('x-kubernetes-embedded-resource')] : []),
  ];
}

function validateType(schema: Schema, level: Level, path: string): FieldError[] {
  const at = childPath(path, 'type');
  const findings: FieldError[] = [];
  const { type = '' } = schema;
  if (isEmbedded(schema) && type !== 'object') {
    const detail = 'must be object if x-kubernetes-embedded-resource is true';
    findings.push(type === '' ? required(at, detail) : invalidValue(at, type, detail));
  } else if (type === '' && !isIntOrString(schema) && !isPreserving(schema)) {
    findings.push(required(at, emptyTypeTexts[level]));
  }
  if (isEmbedded(schema) && valuesOf(schema) !== undefined) {
    const detail = 'must not be used if x-kubernetes-embedded-resource is set';
    findings.push(forbiddenField(childPath(path, 'additionalProperties'), detail));
  }
  if (level === 'root' && type !== '' && type !== 'object') {
    findings.push(invalidValue(at, type, 'must be object at the root'));
  }
  return findings;
}

const emptyTypeTexts: Readonly<Record<Level, string>> = {
  root: 'must not be empty at the root',
  item: 'must not be empty for specified array items',
  field: 'must not be empty for specified object fields',
};

/** Metadata is the same in all objects: a schema may only say more about the name. */
function validateMetadata(schema: Schema, level: Level, path: string): FieldError[] {
  const findings: FieldError[] = [];
  const isResource = level === 'root' || isEmbedded(schema);
  const properties = childPath(path, 'properties');
  for (const name of ['kind', 'apiVersion']) {
    const property = propertyOf(schema, name);
    if (property && isResource && property.type !== 'string') {
      findings.push(invalidValue(`${keyPath(properties, name)}.type`, property.type ?? '', 'must be string'));
    }
  }
  const metadata = propertyOf(schema, 'metadata');
  const at = keyPath(properties, 'metadata');
  if (metadata && isResource && metadata.type !== 'object') {
    findings.push(invalidValue(`${at}.type`, metadata.type ?? '', 'must be object'));
  }
  if (metadata && level === 'root' && !restrictsOnlyNames(metadata)) {
    const detail = 'must not specify anything other than name and generateName, but metadata is implicitly specified';
    findings.push(forbiddenField(at, detail));
  }
  if (isEmbedded(schema) && !isPreserving(schema) && Object.keys(schema.properties ?? {}).length === 0) {
    const detail =
      'must not be empty if x-kubernetes-embedded-resource is true without x-kubernetes-preserve-unknown-fields';
    findings.push(required(properties, detail));
  }
  return findings;
}

function restrictsOnlyNames({ type: _, default: __, properties = {}, ...rest }: Schema): boolean {
  const onlyNames = Object.keys(properties).every((name) => name === 'name' || name === 'generateName');
  return onlyNames && Object.keys(rest).length === 0;
}

const intOrStringAnyOf = [{ type: 'integer' }, { type: 'string' }];

/** Int-or-string may be told to clients that know only types: by `anyOf`, or by the first of `allOf`. */
function skippedAnyOf({ anyOf, allOf }: Schema): 'own' | 'first' | 'none' {
  if (anyOf && deepEqual(anyOf, intOrStringAnyOf)) return 'own';
  return allOf?.[0] && deepEqual(allOf[0].anyOf, intOrStringAnyOf) ? 'first' : 'none';
}

function validateJunctors(schema: Schema, path: string, skip: 'own' | 'first' | 'none'): FieldError[] {
  const findings: FieldError[] = [];
  for (const name of ['anyOf', 'allOf', 'oneOf'] as const) {
    if (name === 'anyOf' && skip === 'own') continue;
    for (const [i, nested] of (schema[name] ?? []).entries()) {
      const nestedSkip = name === 'allOf' && i === 0 && skip === 'first' ? 'own' : 'none';
      findings.push(...validateNested(nested, `${childPath(path, name)}[${i}]`, nestedSkip));
    }
  }
  if (schema.not) findings.push(...validateNested(schema.not, childPath(path, 'not'), 'none'));
  const problem = schema.pattern ? patternProblem(schema.pattern) : undefined;
  if (problem !== undefined) {
    const detail = `must be a valid regular expression, but isn't: ${problem}`;
    findings.push(invalidValue(childPath(path, 'pattern'), schema.pattern, detail));
  }
  return findings;
}

/** What only the structure may say, with the text for those who say it elsewhere. */
const structureOnly: readonly (readonly [name: string, detail: string])[] = [
  ['type', 'must be empty to be structural'],
  ['additionalProperties', 'must be undefined to be structural'],
  ['default', 'must be undefined to be structural'],
  ['title', 'must be empty to be structural'],
  ['description', 'must be empty to be structural'],
  ['nullable', 'must be false to be structural'],
  ['externalDocs', 'must be undefined to be structural'],
  ['x-kubernetes-preserve-unknown-fields', 'must be false to be structural'],
  ['x-kubernetes-embedded-resource', 'must be false to be structural'],
  ['x-kubernetes-int-or-string', 'must be false to be structural'],
  ['x-kubernetes-list-map-keys', 'must be empty to be structural'],
  ['x-kubernetes-list-type', 'must be undefined to be structural'],
  ['x-kubernetes-map-type', 'must be undefined to be structural'],
  ['x-kubernetes-validations', 'must be empty to be structural'],
];

function validateNested(schema: Schema, path: string, skip: 'own' | 'none'): FieldError[] {
  const items = itemsOf(schema);
  const fields = schema as unknown as Record<string, unknown>;
  return [
    ...validateJunctors(schema, path, skip),
    ...(items ? validateNested(items, childPath(path, 'items'), 'none') : []),
    ...Object.entries(schema.properties ?? {}).flatMap(([name, property]) =>
      validateNested(property, keyPath(childPath(path, 'properties'), name), 'none'),
    ),
    ...structureOnly
      .filter(([name]) => isSaid(fields[name]))
      .map(([name, detail]) => forbiddenField(childPath(path, name), detail)),
    ...(propertyOf(schema, 'metadata')
      ? [forbiddenField(`${childPath(path, 'properties')}[metadata]`, 'must not be specified in a nested context')]
      : []),
  ];
}

function isSaid(value: unknown): boolean {
  if (value === undefined || value === false || value === '') return false;
  return !Array.isArray(value) || value.length > 0;
}
