import { formatTime, parseTime } from '@orrery/runtime';
import type { ResourceInfo } from '../resource/resource-table.ts';
import type { ApiObject } from '../resource/resource-type.ts';
import { ageColumn, columnPrinter, nameColumn, type Printer } from './printer.ts';
import { printerOf } from './printers.ts';
import type { Table, TableRow } from './table-document.ts';

export interface TableOptions {
  /** The time that ages are counted to. */
  readonly nowMs: number;
  /** What each row carries of its object. The API's default is `Metadata`. */
  readonly includeObject: 'None' | 'Metadata' | 'Object';
  /** Metadata of the list that the objects come from; a single object's resourceVersion otherwise. */
  readonly listMetadata?: Table['metadata'];
  /** The version that the client accepts. Default `meta.k8s.io/v1`. */
  readonly apiVersion?: 'meta.k8s.io/v1' | 'meta.k8s.io/v1beta1';
  /** A watch sends the columns with its first event only: `false` for the later ones. Default true. */
  readonly includeColumns?: boolean;
}

/** Prints objects of one resource as rows, with upstream's columns for each kind. */
export function renderTable(info: ResourceInfo, objects: readonly ApiObject[], options: TableOptions): Table {
  const { nowMs, includeObject, apiVersion = 'meta.k8s.io/v1', includeColumns = true } = options;
  const printer = info.custom?.printer ?? printerOf(info.group, info.kind) ?? defaultPrinter;
  const inOrder = printer.sort?.(objects) ?? objects;
  return {
    kind: 'Table',
    apiVersion,
    metadata: options.listMetadata ?? metadataOfSingle(objects),
    columnDefinitions: includeColumns ? printer.columns : [],
    rows: inOrder.map((object) => ({
      ...printer.row(complete(object), nowMs),
      object: objectOfRow(object, includeObject, apiVersion),
    })),
  };
}

/** Upstream's table for kinds without columns of their own, custom ones among them. */
const defaultPrinter: Printer = columnPrinter(nameColumn, {
  name: 'Created At',
  type: 'date',
  description: ageColumn.description,
  cell: ({ metadata }) => {
    const createdMs = metadata.creationTimestamp ? parseTime(metadata.creationTimestamp) : undefined;
    return createdMs === undefined ? '<unknown>' : formatTime(createdMs);
  },
});

/** Printers may rely on spec and status: an object stored without them shows zero values instead of failing the whole list. */
function complete(object: ApiObject): ApiObject {
  return 'spec' in object && 'status' in object ? object : Object.assign({ spec: {}, status: {} }, object);
}

function metadataOfSingle(objects: readonly ApiObject[]): Table['metadata'] {
  const only = objects.length === 1 ? objects[0] : undefined;
  return only?.metadata.resourceVersion ? { resourceVersion: only.metadata.resourceVersion } : {};
}

function objectOfRow(
  object: ApiObject,
  include: TableOptions['includeObject'],
  apiVersion: string,
): TableRow['object'] {
  switch (include) {
    case 'None':
      return null;
    case 'Metadata':
      return { kind: 'PartialObjectMetadata', apiVersion, metadata: object.metadata };
    case 'Object':
      return object;
    default:
      return include satisfies never;
  }
}
