import { type FieldType, type ObjectSchema, TypeSchemas } from '../schema/type-schemas.ts';
import { PatchError } from './patch-error.ts';

/** The type that a part of the document has; `undefined` in free JSON and in the values of maps. */
export type PatchSchema = ObjectSchema | undefined;

/** How strategic merge treats one field. */
export interface FieldRule {
  /** Lists: merge the items instead of replacing the list. */
  readonly merge: boolean;
  /** Objects: replace as a whole instead of merging. */
  readonly replace: boolean;
  /** Lists of objects: the field that tells the items apart. */
  readonly mergeKey: string | undefined;
  readonly type: FieldType | undefined;
  /** The type that holds the field, for errors. */
  readonly owner: string;
}

const free: FieldRule = { merge: false, replace: false, mergeKey: undefined, type: undefined, owner: '' };

/** Fails for a field that the type does not have, as upstream words it. */
export function fieldRule(schema: PatchSchema, key: string): FieldRule {
  if (!schema) return free;
  const owner = schema.typeName.split('.').at(-1) ?? '';
  const field = schema.fields.get(key);
  if (!field) {
    throw new PatchError(
      'unmergeable',
      `unable to find api field in struct ${owner} for the json field ${JSON.stringify(key)}`,
    );
  }
  return {
    merge: field.patchStrategies.includes('merge'),
    replace: field.patchStrategies.includes('replace'),
    mergeKey: field.mergeKey,
    type: field.type,
    owner,
  };
}

/** The type below a field: of the object itself, of a list's items, of a map's values. */
export function childSchema({ type }: FieldRule): PatchSchema {
  return schemaOf(type);
}

function schemaOf(type: FieldType | undefined): PatchSchema {
  switch (type?.kind) {
    case 'object':
      return TypeSchemas.builtIn().get(type.typeName);
    case 'list':
      return schemaOf(type.items);
    default:
      return undefined;
  }
}
