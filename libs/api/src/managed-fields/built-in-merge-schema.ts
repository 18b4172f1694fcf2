import { type FieldSchema, type FieldType, type ObjectSchema, TypeSchemas } from '../schema/type-schemas.ts';
import {
  deducedMergeSchema,
  type ListMergeSchema,
  type MapMergeSchema,
  type MergeSchema,
  type ScalarMergeSchema,
} from './merge-schema.ts';

/** The merge schema of a type of Kubernetes, by its name in the type facts (`api.core.v1.Pod`). */
export function builtInMergeSchema(typeName: string): MapMergeSchema {
  const schema = schemas.get(typeName) ?? new TypeMergeSchema(TypeSchemas.builtIn().get(typeName));
  schemas.set(typeName, schema);
  return schema;
}

const schemas = new Map<string, MapMergeSchema>();

/** Fields are read on first use: types contain each other. */
class TypeMergeSchema implements MapMergeSchema {
  readonly kind = 'map';
  readonly values = undefined;
  readonly atomic: boolean;
  private readonly read = new Map<string, MergeSchema>();

  constructor(private readonly type: ObjectSchema) {
    this.atomic = type.mapType === 'atomic';
  }

  field(name: string): MergeSchema | undefined {
    const known = this.read.get(name);
    if (known !== undefined) return known;
    const field = this.type.fields.get(name);
    if (field === undefined) return undefined;
    const schema = fieldMergeSchema(field);
    this.read.set(name, schema);
    return schema;
  }

  defaultOf(name: string): unknown {
    return this.type.fields.get(name)?.defaultValue;
  }
}

/** What the field says goes before what its type says. */
function fieldMergeSchema({ type, listType, listMapKeys, mapType }: FieldSchema): MergeSchema {
  if (type.kind === 'list') return listMergeSchema(type.items, listType, listMapKeys);
  const schema = typeMergeSchema(type);
  if (mapType === undefined || schema.kind !== 'map' || schema.atomic === (mapType === 'atomic')) return schema;
  return {
    kind: 'map',
    atomic: mapType === 'atomic',
    values: schema.values,
    field: (name) => schema.field(name),
    defaultOf: (name) => schema.defaultOf?.(name),
  };
}

function typeMergeSchema(type: FieldType): MergeSchema {
  switch (type.kind) {
    case 'object':
      return builtInMergeSchema(type.typeName);
    case 'list':
      return listMergeSchema(type.items, undefined, []);
    case 'map':
      return { kind: 'map', atomic: false, field: () => undefined, values: typeMergeSchema(type.values) };
    case 'scalar':
      return scalars[type.scalar];
    case 'intOrString':
    case 'quantity':
    case 'time':
      return untyped;
    case 'any':
      return deducedMergeSchema;
    default:
      return type satisfies never;
  }
}

function listMergeSchema(items: FieldType, listType: ListMergeSchema['listType'] = 'atomic', keys: readonly string[]) {
  return {
    kind: 'list',
    listType,
    keys,
    get items() {
      return typeMergeSchema(items);
    },
  } as const satisfies ListMergeSchema;
}

const untyped: ScalarMergeSchema = { kind: 'scalar', scalar: 'untyped' };
const text: ScalarMergeSchema = { kind: 'scalar', scalar: 'string' };
const numeric: ScalarMergeSchema = { kind: 'scalar', scalar: 'numeric' };

const scalars = {
  string: text,
  bytes: text,
  int32: numeric,
  int64: numeric,
  double: numeric,
  boolean: { kind: 'scalar', scalar: 'boolean' },
} as const satisfies Record<string, ScalarMergeSchema>;
