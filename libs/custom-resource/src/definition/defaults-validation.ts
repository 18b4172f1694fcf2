import { deepEqual, type FieldError, fieldErrorsText, invalidValue } from '@orrery/api';
import { coerceMetadata, validateEmbedded } from '../metadata/embedded-metadata.ts';
import { metaFields, prune } from '../pruning/prune.ts';
import {
  childPath,
  isEmbedded,
  isJsonObject,
  itemsOf,
  type JsonObject,
  keyPath,
  type Schema,
} from '../schema/schema-node.ts';
import { validateValue } from '../validation/validate-value.ts';

/** Defaults must be right by the schema that they stand in. */
export function validateDefaults(root: Schema, path: string): FieldError[] {
  return validateNode({ ...root, 'x-kubernetes-embedded-resource': true }, path, undefined);
}

/** Puts a value where the default would stand in an object of the API. */
type Surrounding = (value: unknown) => JsonObject;

function validateNode(schema: Schema, path: string, insideMeta: Surrounding | undefined): FieldError[] {
  const meta = isEmbedded(schema) ? undefined : insideMeta;
  const items = itemsOf(schema);
  return [
    ...(schema.default === undefined ? [] : validateDefault(schema, childPath(path, 'default'), meta)),
    ...(items ? validateNode(items, childPath(path, 'items'), meta && ((value) => meta([value]))) : []),
    ...Object.entries(schema.properties ?? {}).flatMap(([name, property]) => {
      const at = keyPath(childPath(path, 'properties'), name);
      const around = isEmbedded(schema) && metaFields.has(name) ? surroundingRoot : meta;
      return validateNode(property, at, around && ((value) => around({ [name]: value })));
    }),
  ];
}

function surroundingRoot(value: unknown): JsonObject {
  return { apiVersion: 'validation/v1', kind: 'Validation', ...(isJsonObject(value) ? value : {}) };
}

function validateDefault(schema: Schema, path: string, insideMeta: Surrounding | undefined): FieldError[] {
  const { default: value } = schema;
  if (insideMeta) {
    const problem = metadataProblem(insideMeta(structuredClone(value)));
    return problem === undefined
      ? validateValue(value, schema, path)
      : [invalidValue(path, value, `must result in valid metadata: ${problem}`)];
  }
  const pruned = structuredClone(value);
  prune(pruned, schema, isEmbedded(schema));
  const unknown = deepEqual(pruned, value) ? [] : [invalidValue(path, value, 'must not have unknown fields')];
  const embedded = validateEmbedded(value, schema, path);
  return [...unknown, ...(embedded.length > 0 ? embedded : validateValue(value, schema, path))];
}

function metadataProblem(object: JsonObject): string | undefined {
  const root: Schema = { type: 'object', 'x-kubernetes-preserve-unknown-fields': true };
  const [typeError] = coerceMetadata(object, root, false).typeErrors;
  if (typeError !== undefined) return typeError;
  const wrapped = { ...root, properties: { object: { ...root, 'x-kubernetes-embedded-resource': true } } };
  const errors = validateEmbedded({ object }, wrapped);
  return errors.length > 0 ? fieldErrorsText(errors) : undefined;
}
