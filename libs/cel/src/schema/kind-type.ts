import { type FieldType, TypeSchemas } from '@orrery/api';
import { type CelType, type ObjectType, objectType, types } from '../types/cel-type.ts';
import { escapeFieldName } from './escape-name.ts';

const known = new Map<string, ObjectType>();

/** The type of a built-in type with fields, by its name in the type facts (`api.core.v1.Pod`). */
export function typeOfKind(typeName: string): ObjectType {
  let type = known.get(typeName);
  if (type === undefined) {
    type = objectType(typeName, () => fieldsOf(typeName));
    known.set(typeName, type);
  }
  return type;
}

/** Under their escaped names and under their own: objects that are not wrapped by a schema have their own. */
function fieldsOf(typeName: string): Record<string, CelType> {
  const fields: Record<string, CelType> = {};
  for (const { name, type } of TypeSchemas.builtIn().get(typeName).fields.values()) {
    const celType = typeOfField(type);
    fields[name] = celType;
    fields[escapeFieldName(name) ?? name] = celType;
  }
  return fields;
}

function typeOfField(type: FieldType): CelType {
  switch (type.kind) {
    case 'object':
      return typeOfKind(type.typeName);
    case 'list':
      return types.list(typeOfField(type.items));
    case 'map':
      return types.map(types.string, typeOfField(type.values));
    case 'scalar':
      return scalars[type.scalar];
    case 'quantity':
      return types.string;
    case 'time':
      return types.timestamp;
    case 'intOrString':
    case 'any':
      return types.dyn;
    default:
      return type satisfies never;
  }
}

const scalars = {
  string: types.string,
  bytes: types.bytes,
  int32: types.int,
  int64: types.int,
  double: types.double,
  boolean: types.bool,
} as const;
