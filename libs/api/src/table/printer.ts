import { described } from '../generated/column-descriptions.ts';
import type { ApiObject } from '../resource/resource-type.ts';
import { ageOf } from './human-duration.ts';
import type { TableColumnDefinition, TableRowCondition } from './table-document.ts';

/** One column with the function that fills it. */
export interface Column<T> {
  readonly name: string;
  readonly type: 'string' | 'integer' | 'boolean' | 'date';
  readonly format?: 'name';
  readonly description: string;
  /** 0 (also when absent) is always shown, 1 only by `kubectl get -o wide`. */
  readonly priority?: number;
  cell(object: T, nowMs: number): unknown;
}

/** Cells in the order of the columns. */
export interface PrintedRow {
  readonly cells: unknown[];
  readonly conditions?: readonly TableRowCondition[];
}

/** Turns the objects of one kind into rows. */
export interface Printer {
  readonly columns: readonly TableColumnDefinition[];
  row(object: ApiObject, nowMs: number): PrintedRow;
  /** The order in which a list is shown; absent: as it comes. */
  sort?(objects: readonly ApiObject[]): ApiObject[];
}

/** A printer whose columns are independent of each other. */
export function columnPrinter<T extends ApiObject>(...columns: readonly Column<T>[]): Printer {
  return {
    columns: columns.map(definitionOf),
    row: (object, nowMs) => ({ cells: columns.map((column) => column.cell(object as T, nowMs)) }),
  };
}

/** What the client sees of a column. */
export function definitionOf(column: {
  readonly name: string;
  readonly type: string;
  readonly format?: string;
  readonly description: string;
  readonly priority?: number;
}): TableColumnDefinition {
  const { name, type, format = '', description, priority = 0 } = column;
  return { name, type, format, description, priority };
}

export const nameColumn: Column<ApiObject> = {
  name: 'Name',
  type: 'string',
  format: 'name',
  description: described['apimachinery.pkg.apis.meta.v1.ObjectMeta.name'],
  cell: (object) => object.metadata.name,
};

export const ageColumn: Column<ApiObject> = {
  name: 'Age',
  type: 'string',
  description: described['apimachinery.pkg.apis.meta.v1.ObjectMeta.creationTimestamp'],
  cell: (object, nowMs) => ageOf(object.metadata.creationTimestamp, nowMs),
};

/** A column of text; an absent value shows as `otherwise`. */
export function textColumn<T>(
  name: string,
  description: string,
  text: (object: T, nowMs: number) => string | undefined,
  otherwise = '',
): Column<T> {
  return { name, type: 'string', description, cell: (object, nowMs) => text(object, nowMs) || otherwise };
}

/** A column of a number; an absent value shows as 0, as upstream's zero value does. */
export function numberColumn<T>(
  name: string,
  description: string,
  number: (object: T) => number | undefined,
  type: 'integer' | 'string' = 'integer',
): Column<T> {
  return { name, type, description, cell: (object) => number(object) ?? 0 };
}

/** A column of yes or no. */
export function flagColumn<T>(
  name: string,
  description: string,
  flag: (object: T) => boolean | undefined,
  otherwise = false,
): Column<T> {
  return { name, type: 'boolean', description, cell: (object) => flag(object) ?? otherwise };
}

/** The same column, shown only in wide output. */
export function wide<T>(column: Column<T>): Column<T> {
  return { ...column, priority: 1 };
}

/** Joins up to `max` items and says how many more there are; nothing at all is `<unset>`. */
export function joinFirst(items: readonly string[], max: number, otherwise: string): string {
  if (items.length === 0) return otherwise;
  const shown = items.slice(0, max).join(',');
  return items.length > max ? `${shown} + ${items.length - max} more...` : shown;
}
