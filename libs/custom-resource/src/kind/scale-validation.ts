import { type ApiObject, type FieldError, invalidValue, type ScalePaths } from '@orrery/api';
import { readSimplePath } from '../columns/simple-path.ts';

const replicasMax = 2 ** 31 - 1;

/** The number of replicas that the spec asks for must be one. */
export function validateScaleSpec(object: ApiObject, scale: ScalePaths | undefined): FieldError[] {
  return scale ? replicaErrors(object, scale.specReplicasPath) : [];
}

export function validateScaleStatus(object: ApiObject, scale: ScalePaths | undefined): FieldError[] {
  if (!scale) return [];
  const { statusReplicasPath, labelSelectorPath } = scale;
  return [...replicaErrors(object, statusReplicasPath), ...selectorErrors(object, labelSelectorPath)];
}

function replicaErrors(object: ApiObject, path: string): FieldError[] {
  const found = readSimplePath(object, path);
  if (found.kind === 'absent') return [];
  if (found.kind === 'blocked') return [accessorError(path, found.at, found.value, 'map[string]interface{}')];
  const value = typeof found.value === 'bigint' ? Number(found.value) : found.value;
  if (typeof value !== 'number' || !Number.isInteger(value)) return [accessorError(path, path, value, 'int64')];
  if (value < 0) return [invalidValue(path, value, 'should be a non-negative integer')];
  return value > replicasMax ? [invalidValue(path, value, `should be less than or equal to ${replicasMax}`)] : [];
}

function selectorErrors(object: ApiObject, path: string | undefined): FieldError[] {
  if (!path) return [];
  const found = readSimplePath(object, path);
  if (found.kind === 'blocked') return [accessorError(path, found.at, found.value, 'map[string]interface{}', '')];
  if (found.kind === 'absent' || typeof found.value === 'string') return [];
  return [accessorError(path, path, found.value, 'string', '')];
}

function accessorError(path: string, at: string, value: unknown, wanted: string, shown: unknown = 0): FieldError {
  const type = goTypeOf(value);
  const detail = `${at} accessor error: ${goText(value)} is of the type ${type}, expected ${wanted}`;
  return invalidValue(path, shown, detail);
}

function goTypeOf(value: unknown): string {
  if (value === null) return '<nil>';
  if (Array.isArray(value)) return '[]interface {}';
  if (typeof value === 'object') return 'map[string]interface {}';
  if (typeof value === 'number') return Number.isInteger(value) ? 'int64' : 'float64';
  return typeof value === 'boolean' ? 'bool' : typeof value;
}

function goText(value: unknown): string {
  return value === null ? '<nil>' : typeof value === 'object' ? JSON.stringify(value) : String(value);
}
