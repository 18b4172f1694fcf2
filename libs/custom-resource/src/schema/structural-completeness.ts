import { type FieldError, required } from '@orrery/api';
import { childPath, itemsOf, keyPath, type Schema, valueSchemaOf } from './schema-node.ts';

/** Every field that `allOf`, `anyOf`, `oneOf` or `not` speaks of must be specified outside of them as well. */
export function validateCompleteness(schema: Schema, path: string): FieldError[] {
  const items = itemsOf(schema);
  const values = valueSchemaOf(schema);
  return [
    ...junctorErrors(schema, schema, path, path),
    ...(items ? validateCompleteness(items, childPath(path, 'items')) : []),
    ...Object.entries(schema.properties ?? {}).flatMap(([name, property]) =>
      validateCompleteness(property, keyPath(childPath(path, 'properties'), name)),
    ),
    ...(values ? validateCompleteness(values, childPath(path, 'additionalProperties')) : []),
  ];
}

/** `structure` at `path` is what the junctors of `schema` at `at` speak of. */
function junctorErrors(schema: Schema, structure: Schema, path: string, at: string): FieldError[] {
  const lists = (['allOf', 'anyOf', 'oneOf'] as const).flatMap((name) =>
    (schema[name] ?? []).flatMap((nested, i) => nestedErrors(nested, structure, path, `${childPath(at, name)}[${i}]`)),
  );
  return [...lists, ...(schema.not ? nestedErrors(schema.not, structure, path, childPath(at, 'not')) : [])];
}

function nestedErrors(schema: Schema, structure: Schema | undefined, path: string, at: string): FieldError[] {
  if (!structure) return [required(path, `because it is defined in ${at}`)];
  const items = itemsOf(schema);
  return [
    ...junctorErrors(schema, structure, path, at),
    ...(items ? nestedErrors(items, itemsOf(structure), childPath(path, 'items'), childPath(at, 'items')) : []),
    ...Object.entries(schema.properties ?? {}).flatMap(([name, property]) =>
      nestedErrors(
        property,
        structure.properties?.[name],
        keyPath(childPath(path, 'properties'), name),
        keyPath(childPath(at, 'properties'), name),
      ),
    ),
  ];
}
