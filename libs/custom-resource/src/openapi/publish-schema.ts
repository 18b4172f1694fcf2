import type { JsonSchema } from '@orrery/api';
import {
  isEmbedded,
  isIntOrString,
  isJsonObject,
  isPreserving,
  itemsOf,
  type JsonObject,
  type Schema,
  valuesOf,
} from '../schema/schema-node.ts';

const objectMeta = 'io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta';
const metadataDescription =
  "Standard object's metadata. More info: https://git.k8s.io/community/contributors/devel/sig-architecture/api-conventions.md#metadata";

/** What every resource has, in the words of the API reference. */
export const typeMetaProperties = {
  apiVersion: {
    description:
      'APIVersion defines the versioned schema of this representation of an object. Servers should convert recognized schemas to the latest internal value, and may reject unrecognized values. More info: https://git.k8s.io/community/contributors/devel/sig-architecture/api-conventions.md#resources',
    type: 'string',
  },
  kind: {
    description:
      'Kind is a string value representing the REST resource this object represents. Servers may infer this from the endpoint the client submits requests to. Cannot be updated. In CamelCase. More info: https://git.k8s.io/community/contributors/devel/sig-architecture/api-conventions.md#types-kinds',
    type: 'string',
  },
} as const;

/** The version of OpenAPI that a schema is written for, and what stands before the names of shared definitions in it. */
export interface Publication {
  readonly version: 2 | 3;
  readonly refPrefix: string;
}

/**
 * A definition's schema as the server publishes it: with the metadata that all objects have. `undefined` (no schema, or one that keeps
 * unknown fields at the root, in version 2) allows everything: old clients take what is not named for forbidden.
 */
export function publishSchema(schema: Schema | undefined, publication: Publication): JsonSchema {
  if (!schema || (publication.version === 2 && isPreserving(schema))) return { type: 'object' };
  return new Publisher(publication).resource(schema);
}

class Publisher {
  constructor(private readonly publication: Publication) {}

  resource(schema: Schema): JsonSchema {
    return this.withMeta(this.node(schema), schema);
  }

  private node(schema: Schema): JsonObject {
    const source = this.publication.version === 2 ? versionTwo(schema) : schema;
    const { properties, items: _, additionalProperties: __, ...rest } = source;
    const items = itemsOf(source);
    const values = valuesOf(source);
    return {
      ...(isIntOrString(source) && this.publication.version === 3 ? withIntOrString(rest) : rest),
      ...(properties && {
        properties: Object.fromEntries(Object.entries(properties).map(([name, field]) => [name, this.child(field)])),
      }),
      ...(items && { items: this.child(items) }),
      ...(values !== undefined && { additionalProperties: isJsonObject(values) ? this.child(values) : values }),
    };
  }

  private child(schema: Schema): JsonSchema {
    const node = this.node(schema);
    const bare = this.publication.version === 2 && isPreserving(schema);
    return isEmbedded(schema) && !bare ? this.withMeta(node, schema) : (node as JsonSchema);
  }

  private withMeta(node: JsonObject, { properties = {} }: Schema): JsonSchema {
    const { version, refPrefix } = this.publication;
    const ref = { $ref: `${refPrefix}${objectMeta}` };
    const metadata = { description: metadataDescription, ...(version === 2 ? ref : { allOf: [ref] }) };
    const own = isJsonObject(node.properties) ? node.properties : {};
    const described = (name: 'apiVersion' | 'kind') => ({
      ...typeMetaProperties[name],
      ...(properties[name]?.description && { description: properties[name].description }),
    });
    return {
      ...node,
      properties: { ...own, apiVersion: described('apiVersion'), kind: described('kind'), metadata },
    } as JsonSchema;
  }
}

/** Clients that know nothing of the extension see both types. */
function withIntOrString<T extends Schema>(schema: T): T {
  if (schema.anyOf || schema.allOf?.some(({ anyOf }) => anyOf)) return schema;
  return { ...schema, anyOf: [{ type: 'integer' }, { type: 'string' }] };
}

/** What version 2 of OpenAPI, or kubectl's reading of it, cannot express goes. */
function versionTwo(schema: Schema): Schema {
  const { allOf: _, anyOf: __, oneOf: ___, not: ____, nullable, ...rest } = schema;
  const open = nullable === true || isPreserving(schema);
  if (open) {
    delete rest.items;
    delete rest.properties;
  }
  const untyped = nullable === true || (isPreserving(schema) && rest.type === 'object');
  if (untyped || (rest.type === 'array' && rest.items === undefined)) delete rest.type;
  return withoutNullableRequired(rest);
}

function withoutNullableRequired(schema: Schema): Schema {
  if (!schema.required) return schema;
  const values = valuesOf(schema);
  const nullableValues = isJsonObject(values) && values.nullable === true;
  const required = nullableValues ? [] : schema.required.filter((name) => schema.properties?.[name]?.nullable !== true);
  const { required: _, ...rest } = schema;
  return required.length > 0 ? { ...rest, required } : rest;
}
