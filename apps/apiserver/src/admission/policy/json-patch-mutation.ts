import { type ApiObject, applyJsonPatch, PatchError, PatchTestFailedError } from '@orrery/api';
import { type CelValue, ListValue, ObjectValue } from '@orrery/cel';
import { jsonOfConstructed } from './constructed-object.ts';
import { MutationError } from './mutation-error.ts';

/** Applies the operations that a `jsonPatch` expression gives. An operation `test` that fails leaves the object as it is. */
export function applyPatchValue(object: ApiObject, value: CelValue): ApiObject {
  if (!(value instanceof ListValue)) {
    throw new MutationError('type mismatch: JSONPatchType.expression should evaluate to array');
  }
  try {
    return structuredClone(applyJsonPatch(object, [...value].map(operationOf)));
  } catch (error) {
    if (error instanceof PatchTestFailedError) return structuredClone(object);
    if (error instanceof PatchError) throw new MutationError(`JSONPath: ${error.message}`, { cause: error });
    throw error;
  }
}

function operationOf(value: CelValue): object {
  if (!(value instanceof ObjectValue) || value.typeName !== 'JSONPatch') {
    throw new MutationError('type mismatch: JSONPatchType.expression should evaluate to array of JSONPatch');
  }
  const text = (field: string): unknown => value.get(field) ?? '';
  const from = text('from');
  const operand = value.get('value');
  return {
    op: text('op'),
    path: text('path'),
    ...(from !== '' && { from }),
    ...(operand !== undefined && { value: jsonOfConstructed(operand) }),
  };
}
