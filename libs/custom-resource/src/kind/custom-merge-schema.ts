import {
  builtInMergeSchema,
  deducedMergeSchema,
  type ListMergeSchema,
  type MapMergeSchema,
  type MergeSchema,
  type ScalarMergeSchema,
} from '@orrery/api';
import {
  isEmbedded,
  isIntOrString,
  isPreserving,
  itemsOf,
  propertyOf,
  type Schema,
  valuesOf,
} from '../schema/schema-node.ts';

const objectMeta = 'apimachinery.pkg.apis.meta.v1.ObjectMeta';
const text: ScalarMergeSchema = { kind: 'scalar', scalar: 'string' };
const anyScalar: ScalarMergeSchema = { kind: 'scalar', scalar: 'untyped' };

/** How server-side apply merges the objects of a schema. `isResource`: with the kind, version and metadata of all objects. */
export function customMergeSchema(schema: Schema, isResource: boolean): MergeSchema {
  if (isResource || isEmbedded(schema)) return resourceMergeSchema(schema);
  if (isIntOrString(schema)) return anyScalar;
  switch (schema.type) {
    case 'object':
      return mapMergeSchema(schema);
    case 'array':
      return listMergeSchema(schema);
    case 'string':
      return text;
    case 'integer':
    case 'number':
      return { kind: 'scalar', scalar: 'numeric' };
    case 'boolean':
      return { kind: 'scalar', scalar: 'boolean' };
    default:
      return deducedMergeSchema;
  }
}

function resourceMergeSchema(schema: Schema): MapMergeSchema {
  const own = mapMergeSchema(schema);
  return {
    ...own,
    field: (name) => {
      if (name === 'metadata') return builtInMergeSchema(objectMeta);
      return name === 'apiVersion' || name === 'kind' ? text : own.field(name);
    },
  };
}

function mapMergeSchema(schema: Schema): MapMergeSchema {
  const fields = new Map<string, MergeSchema>();
  const values = valuesOf(schema);
  const open = isPreserving(schema) || values === true;
  return {
    kind: 'map',
    atomic: schema['x-kubernetes-map-type'] === 'atomic',
    field: (name) => {
      const property = propertyOf(schema, name);
      if (!property) return undefined;
      const known = fields.get(name) ?? customMergeSchema(property, false);
      fields.set(name, known);
      return known;
    },
    values: typeof values === 'object' ? customMergeSchema(values, false) : open ? deducedMergeSchema : undefined,
    defaultOf: (name) => propertyOf(schema, name)?.default,
  };
}

function listMergeSchema(schema: Schema): ListMergeSchema {
  const items = itemsOf(schema);
  const listType = schema['x-kubernetes-list-type'];
  return {
    kind: 'list',
    listType: listType === 'map' || listType === 'set' ? listType : 'atomic',
    keys: schema['x-kubernetes-list-map-keys'] ?? [],
    items: items ? customMergeSchema(items, false) : deducedMergeSchema,
  };
}
