import type { JSONSchemaProps } from '@orrery/api';
import type { CelSchema } from '@orrery/cel';

/** A schema as a CustomResourceDefinition has it (`openAPIV3Schema` and everything below). */
export type Schema = JSONSchemaProps;

export type JsonObject = Record<string, unknown>;

export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The schema of a list's items; `undefined` also for the form with one schema an item, which is not supported. */
export function itemsOf({ items }: Schema): Schema | undefined {
  return isJsonObject(items) ? (items as Schema) : undefined;
}

/** What `additionalProperties` says: a schema, that anything (`true`) or nothing (`false`) may be there; `undefined` where it says nothing. */
export function valuesOf({ additionalProperties }: Schema): Schema | boolean | undefined {
  if (typeof additionalProperties === 'boolean') return additionalProperties;
  return isJsonObject(additionalProperties) ? (additionalProperties as Schema) : undefined;
}

/** The schema of a map's values. */
export function valueSchemaOf(schema: Schema): Schema | undefined {
  const values = valuesOf(schema);
  return typeof values === 'object' ? values : undefined;
}

/** Own fields only: `constructor` is a name like any other. */
export function propertyOf(schema: Schema | undefined, name: string): Schema | undefined {
  return schema?.properties && Object.hasOwn(schema.properties, name) ? schema.properties[name] : undefined;
}

/** The same schema for expressions; its type names what the generated one leaves open. */
export function celSchemaOf(schema: Schema): CelSchema {
  return schema as CelSchema;
}

export function isPreserving(schema: Schema): boolean {
  return schema['x-kubernetes-preserve-unknown-fields'] === true;
}

export function isEmbedded(schema: Schema): boolean {
  return schema['x-kubernetes-embedded-resource'] === true;
}

export function isIntOrString(schema: Schema): boolean {
  return schema['x-kubernetes-int-or-string'] === true;
}

/** `null` where it may not be: upstream treats it as absent or as the default. */
export function isForbiddenNull(value: unknown, schema: Schema | undefined): boolean {
  return value === null && schema !== undefined && schema.nullable !== true;
}

/** The field of an object behind its path: `spec.foo`. */
export function childPath(path: string, name: string): string {
  return path === '' ? name : `${path}.${name}`;
}

/** A key behind its path, where the key is data: `properties[foo]`. */
export function keyPath(path: string, key: string): string {
  return `${path}[${key}]`;
}
