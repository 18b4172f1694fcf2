import { goText } from '../patch/go-text.ts';
import { isJsonArray, isJsonObject, type JsonValue } from '../patch/json-value.ts';
import { itemElement } from './list-items.ts';
import { ManagedFieldsError } from './managed-fields-error.ts';
import {
  childSchema,
  type ListMergeSchema,
  type MapMergeSchema,
  type MergeSchema,
  resolveSchema,
  type ScalarMergeSchema,
} from './merge-schema.ts';
import { elementText, fieldElement, type PathElement } from './path-element.ts';

/** Throws `ManagedFieldsError` with all that keeps a value from being merged by its schema, as upstream words it. */
export function checkAppliedValue(schema: MergeSchema, value: unknown): void {
  const [first, ...more] = findingsOf(schema, value, '');
  if (first === undefined) return;
  throw new ManagedFieldsError(more.length === 0 ? first : ['errors:', first, ...more].join('\n  '));
}

function findingsOf(schema: MergeSchema, value: unknown, path: string): string[] {
  if (value === null || value === undefined) return [];
  const resolved = resolveSchema(schema, value);
  switch (resolved.kind) {
    case 'scalar': {
      const finding = scalarFinding(resolved, value);
      return finding === undefined ? [] : [at(path, finding)];
    }
    case 'list':
      if (isJsonArray(value)) return listFindings(resolved, value, path);
      return [at(path, `expected list, got &{${goText(value as JsonValue)}}`)];
    case 'map':
      if (isJsonObject(value)) return mapFindings(resolved, value, path);
      return [at(path, `expected map, got &{${goText(value as JsonValue)}}`)];
    default:
      return resolved satisfies never;
  }
}

function scalarFinding({ scalar }: ScalarMergeSchema, value: unknown): string | undefined {
  const shown = goText(value as JsonValue);
  switch (scalar) {
    case 'numeric':
      return typeof value === 'number' || typeof value === 'bigint'
        ? undefined
        : `expected numeric (int or float), got ${goTypeOf(value)}`;
    case 'string':
      return typeof value === 'string' ? undefined : `expected string, got &value.valueUnstructured{Value:${shown}}`;
    case 'boolean':
      return typeof value === 'boolean' ? undefined : `expected boolean, got &{${shown}}`;
    case 'untyped':
      return typeof value === 'object' ? `expected any scalar, got &{${shown}}` : undefined;
    default:
      return scalar satisfies never;
  }
}

/** Ends at an item that nothing tells apart: what is below it has no path. */
function listFindings(schema: ListMergeSchema, list: readonly unknown[], path: string): string[] {
  const findings: string[] = [];
  const seen = new Set<PathElement>();
  for (const [index, item] of list.entries()) {
    const { element, problem } = stepTo(schema, item, index);
    if (problem !== undefined) return [...findings, at(path, `element ${index}: ${problem}`)];
    if (seen.has(element)) findings.push(at(path, `duplicate entries for key ${elementText(element)}`));
    seen.add(element);
    findings.push(...findingsOf(schema.items, item, path + elementText(element)));
  }
  return findings;
}

function stepTo(schema: ListMergeSchema, item: unknown, index: number): { element: PathElement; problem?: string } {
  if (schema.listType === 'atomic') return { element: `i:${index}` };
  try {
    return { element: itemElement(schema, item) };
  } catch (error) {
    if (error instanceof ManagedFieldsError) return { element: '', problem: error.message };
    throw error;
  }
}

/** Ends at a field that is not declared, as upstream does. */
function mapFindings(schema: MapMergeSchema, map: Readonly<Record<string, unknown>>, path: string): string[] {
  const findings: string[] = [];
  for (const [key, child] of Object.entries(map)) {
    const childPath = path + elementText(fieldElement(key));
    if (schema.field(key) === undefined && schema.values === undefined) {
      return [...findings, at(childPath, 'field not declared in schema')];
    }
    findings.push(...findingsOf(childSchema(schema, key), child, childPath));
  }
  return findings;
}

function at(path: string, text: string): string {
  return path === '' ? text : `${path}: ${text}`;
}

function goTypeOf(value: unknown): string {
  if (Array.isArray(value)) return '[]interface {}';
  if (typeof value === 'object') return 'map[string]interface {}';
  return typeof value === 'boolean' ? 'bool' : typeof value;
}
