import { type FieldError, forbiddenField, invalidValue, notSupported, required } from '@orrery/api';
import { metaFields } from '../pruning/prune.ts';
import {
  childPath,
  isEmbedded,
  isJsonObject,
  itemsOf,
  keyPath,
  type Schema,
  valueSchemaOf,
  valuesOf,
} from '../schema/schema-node.ts';
import { validateListType } from './list-type-validation.ts';
import { validateRuleTexts } from './rule-text-validation.ts';

/** What holds for a part of a schema because of where it stands. */
interface Place {
  readonly isRoot: boolean;
  /** Inside of the kind, version or metadata of a resource. */
  readonly insideMeta: boolean;
  /** Why there may be no defaults; `undefined` where there may. */
  readonly noDefaults: string | undefined;
}

const types = ['array', 'boolean', 'integer', 'number', 'object', 'string'];

/** What a schema may say at all, and what of it goes together. */
export function validateSchema(schema: Schema, path: string): FieldError[] {
  return validateNode(schema, path, { isRoot: true, insideMeta: false, noDefaults: undefined });
}

function validateNode(schema: Schema, path: string, place: Place): FieldError[] {
  const below = { ...place, isRoot: false };
  const items = itemsOf(schema);
  return [
    ...validateKeywords(schema, path, place),
    ...(schema.uniqueItems
      ? [
          forbiddenField(
            childPath(path, 'uniqueItems'),
            'uniqueItems cannot be set to true since the runtime complexity becomes quadratic',
          ),
        ]
      : []),
    ...validateValues(schema, path, below),
    ...validateProperties(schema, path, place),
    ...validateJunctors(schema, path, below),
    ...(items ? validateNode(items, childPath(path, 'items'), below) : []),
    ...validateExtensions(schema, path),
    ...validateListType(schema, path),
    ...validateRuleTexts(schema, path),
  ];
}

const unsupported = ['id', 'additionalItems', 'patternProperties', 'definitions', 'dependencies', '$ref'] as const;

function validateKeywords(schema: Schema, path: string, { noDefaults, insideMeta }: Place): FieldError[] {
  const { type } = schema;
  const findings: FieldError[] = [];
  if (type && !types.includes(type)) findings.push(notSupported(childPath(path, 'type'), type, types));
  if (schema.default !== undefined && noDefaults !== undefined) {
    findings.push(forbiddenField(childPath(path, 'default'), `must not be set ${noDefaults}`));
  }
  for (const name of unsupported) {
    const said = schema[name];
    if (said === undefined || said === '' || (isJsonObject(said) && Object.keys(said).length === 0)) continue;
    findings.push(forbiddenField(childPath(path, name), `${name} is not supported`));
  }
  if (type === 'null') {
    findings.push(
      forbiddenField(childPath(path, 'type'), 'type cannot be set to null, use nullable as an alternative'),
    );
  }
  if (Array.isArray(schema.items)) {
    findings.push(forbiddenField(childPath(path, 'items'), 'items must be a schema object and not an array'));
  }
  if (insideMeta && isEmbedded(schema)) {
    const at = childPath(path, 'x-kubernetes-embedded-resource');
    findings.push(forbiddenField(at, 'must not be used inside of resource meta'));
  }
  return findings;
}

function validateValues(schema: Schema, path: string, below: Place): FieldError[] {
  const values = valuesOf(schema);
  if (values === undefined) return [];
  const at = childPath(path, 'additionalProperties');
  const findings: FieldError[] = [];
  if (Object.keys(schema.properties ?? {}).length > 0 && values !== true) {
    findings.push(forbiddenField(at, 'additionalProperties and properties are mutual exclusive'));
  }
  const valueSchema = valueSchemaOf(schema);
  const noDefaults = below.insideMeta ? 'inside additionalProperties applying to object metadata' : below.noDefaults;
  return valueSchema ? [...findings, ...validateNode(valueSchema, at, { ...below, noDefaults })] : findings;
}

function validateProperties(schema: Schema, path: string, place: Place): FieldError[] {
  return Object.entries(schema.properties ?? {}).flatMap(([name, property]) => {
    const isMeta = (place.isRoot || isEmbedded(schema)) && metaFields.has(name);
    return validateNode(property, keyPath(childPath(path, 'properties'), name), {
      isRoot: false,
      insideMeta: place.insideMeta || isMeta,
      noDefaults: isMeta && place.isRoot ? `in top-level ${name}` : place.noDefaults,
    });
  });
}

function validateJunctors(schema: Schema, path: string, below: Place): FieldError[] {
  const lists = (['allOf', 'oneOf', 'anyOf'] as const).flatMap((name) =>
    (schema[name] ?? []).flatMap((nested, i) => validateNode(nested, `${childPath(path, name)}[${i}]`, below)),
  );
  return [...(schema.not ? validateNode(schema.not, childPath(path, 'not'), below) : []), ...lists];
}

function validateExtensions(schema: Schema, path: string): FieldError[] {
  const findings: FieldError[] = [];
  const mapType = schema['x-kubernetes-map-type'];
  if (schema['x-kubernetes-preserve-unknown-fields'] === false) {
    const at = childPath(path, 'x-kubernetes-preserve-unknown-fields');
    findings.push(invalidValue(at, false, 'must be true or undefined'));
  }
  if (mapType !== undefined && schema.type !== 'object') {
    const detail = 'must be object if x-kubernetes-map-type is specified';
    const at = childPath(path, 'type');
    findings.push(schema.type ? invalidValue(at, schema.type, detail) : required(at, detail));
  }
  if (mapType !== undefined && mapType !== 'atomic' && mapType !== 'granular') {
    findings.push(notSupported(childPath(path, 'x-kubernetes-map-type'), mapType, ['atomic', 'granular']));
  }
  return findings;
}
