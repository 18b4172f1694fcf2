import {
  type ApiObject,
  apiVersionOf,
  checkAppliedValue,
  childSchema,
  ManagedFieldsError,
  type MergeSchema,
  mergeSchemaOf,
  mergeValues,
  type ResourceInfo,
  resolveSchema,
} from '@orrery/api';
import { type CelValue, ObjectValue } from '@orrery/cel';
import { jsonOfConstructed } from './constructed-object.ts';
import { MutationError } from './mutation-error.ts';

/** Merges the object that an `applyConfiguration` expression gives into `object`, as server-side apply does, without owners. */
export function mergeAppliedValue(row: ResourceInfo, object: ApiObject, value: CelValue): ApiObject {
  if (!(value instanceof ObjectValue))
    throw new MutationError('unsupported return type from ApplyConfiguration expression');
  const schema = mergeSchemaOf(row);
  const applied = {
    ...(jsonOfConstructed(value) as Record<string, unknown>),
    kind: row.kind,
    apiVersion: apiVersionOf(row),
  };
  try {
    checkAppliedValue(schema, applied);
  } catch (error) {
    if (!(error instanceof ManagedFieldsError)) throw error;
    const text = `error applying patch: failed to convert patch object to typed object: ${error.message}`;
    throw new MutationError(text, { cause: error });
  }
  const atomics = atomicPaths(schema, applied, '');
  if (atomics.length > 0) {
    const paths = atomics.join(', ');
    throw new MutationError(
      `error applying patch: invalid ApplyConfiguration: may not mutate atomic arrays, maps or structs: ${paths}`,
    );
  }
  return structuredClone(mergeValues(schema, object, applied)) as ApiObject;
}

/** Parts that a merge would replace as a whole: whoever writes an expression rarely means that. */
function atomicPaths(schema: MergeSchema, value: unknown, path: string): string[] {
  if (typeof value !== 'object' || value === null) return [];
  const resolved = resolveSchema(schema, value);
  if (resolved.kind === 'map' && !Array.isArray(value)) {
    const below = Object.entries(value).flatMap(([key, child]) => {
      const isDeclared = resolved.field(key) !== undefined;
      return isDeclared ? atomicPaths(childSchema(resolved, key), child, `${path}.${key}`) : [];
    });
    return resolved.atomic ? [path, ...below] : below;
  }
  if (resolved.kind === 'list' && Array.isArray(value)) {
    const below = value.flatMap((item, index) => atomicPaths(resolved.items, item, `${path}[${index}]`));
    return resolved.listType === 'atomic' ? [path, ...below] : below;
  }
  return [];
}
