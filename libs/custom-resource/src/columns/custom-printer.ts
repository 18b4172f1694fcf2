import {
  type ApiObject,
  ageOf,
  type Column,
  type CustomResourceColumnDefinition,
  columnPrinter,
  nameColumn,
  type Printer,
} from '@orrery/api';
import { parseTime } from '@orrery/runtime';
import { JsonPath, JsonPathError } from './json-path.ts';

const defaultColumn: CustomResourceColumnDefinition = {
  name: 'Age',
  type: 'date',
  description:
    'CreationTimestamp is a timestamp representing the server time when this object was created. It is not guaranteed to be set in happens-before order across separate operations. Clients may not set this value. It is represented in RFC3339 form and is in UTC.\n\nPopulated by the system. Read-only. Null for lists. More info: https://git.k8s.io/community/contributors/devel/sig-architecture/api-conventions.md#metadata',
  jsonPath: '.metadata.creationTimestamp',
};

/** The columns of a custom resource: its name and what its definition asks for; the age where it asks for nothing. */
export function customPrinter(columns: readonly CustomResourceColumnDefinition[] = []): Printer {
  const wanted = columns.length === 0 ? [defaultColumn] : columns;
  return columnPrinter(nameColumn, ...readable(wanted));
}

/** Up to the first column whose path cannot be read, as upstream shows them. */
function readable(definitions: readonly CustomResourceColumnDefinition[]): Column<ApiObject>[] {
  const columns: Column<ApiObject>[] = [];
  for (const definition of definitions) {
    try {
      columns.push(columnOf(definition, JsonPath.parse(definition.jsonPath)));
    } catch (error) {
      if (!(error instanceof JsonPathError)) throw error;
      return columns;
    }
  }
  return columns;
}

function columnOf(definition: CustomResourceColumnDefinition, path: JsonPath): Column<ApiObject> {
  const { name, type, format, priority, jsonPath } = definition;
  const description = definition.description || `Custom resource definition column (in JSONPath format): ${jsonPath}`;
  return {
    name,
    type: type as Column<ApiObject>['type'],
    ...(format && { format: format as 'name' }),
    description,
    ...(priority !== undefined && { priority }),
    cell: (object, nowMs) => cellOf(type, path.find(object)[0], nowMs),
  };
}

/** A value that has not the column's type is not shown. */
function cellOf(type: string, value: unknown, nowMs: number): unknown {
  if (value === undefined || value === null) return null;
  switch (type) {
    case 'integer':
      if (typeof value === 'bigint') return value;
      return typeof value === 'number' ? Math.trunc(value) : null;
    case 'number':
      return typeof value === 'number' || typeof value === 'bigint' ? value : null;
    case 'boolean':
      return typeof value === 'boolean' ? value : null;
    case 'date':
      return typeof value === 'string' ? dateCell(value, nowMs) : null;
    default:
      return typeof value === 'string' ? value : JSON.stringify(value);
  }
}

function dateCell(text: string, nowMs: number): string {
  return parseTime(text) === undefined ? '<invalid>' : ageOf(text, nowMs);
}
