import type { ObjectMeta } from '../generated/kinds.ts';
import type { ApiObject } from '../resource/resource-type.ts';

export interface TableColumnDefinition {
  readonly name: string;
  readonly type: string;
  /** `name` marks the column that holds the object's name. */
  readonly format: string;
  readonly description: string;
  /** 0 is always shown, higher ones only in wide output. */
  readonly priority: number;
}

export interface TableRowCondition {
  readonly type: 'Completed';
  readonly status: 'True' | 'False' | 'Unknown';
  readonly reason?: string;
  readonly message?: string;
}

/** `PartialObjectMetadata` of the API group meta.k8s.io. */
export interface PartialObjectMetadata {
  readonly kind: 'PartialObjectMetadata';
  readonly apiVersion: string;
  readonly metadata: ObjectMeta;
}

export interface TableRow {
  readonly cells: readonly unknown[];
  readonly conditions?: readonly TableRowCondition[];
  readonly object: ApiObject | PartialObjectMetadata | null;
}

/** What `kubectl get` asks for: rows of cells made by the server. */
export interface Table {
  readonly kind: 'Table';
  readonly apiVersion: string;
  readonly metadata: { resourceVersion?: string; continue?: string; remainingItemCount?: number };
  readonly columnDefinitions: readonly TableColumnDefinition[];
  readonly rows: readonly TableRow[];
}
