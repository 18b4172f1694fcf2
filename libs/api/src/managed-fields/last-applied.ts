import type { ApiObject } from '../resource/resource-type.ts';
import { compareFields } from './compare-fields.ts';
import { extractFields } from './extract-fields.ts';
import type { FieldSet } from './field-set.ts';
import type { MergeSchema } from './merge-schema.ts';

/** Where kubectl's client-side apply keeps the object that it applied last. */
export const lastAppliedAnnotation = 'kubectl.kubernetes.io/last-applied-configuration';

/** Bytes that all annotations of an object may have together; what would go beyond is not written. */
const annotationsBytesMax = 256 * 1024;

export function hasLastApplied(object: ApiObject): boolean {
  return (object.metadata.annotations?.[lastAppliedAnnotation] ?? '') !== '';
}

/**
 * The fields of the object that still are as client-side apply left them. `undefined` without the annotation, or where it tells of
 * another version.
 */
export function lastAppliedFields(schema: MergeSchema, live: ApiObject): FieldSet | undefined {
  const applied = parsed(live.metadata.annotations?.[lastAppliedAnnotation]);
  if (applied === undefined || applied.apiVersion !== live.apiVersion) return undefined;
  const { added, modified, removed } = compareFields(schema, applied, live);
  return extractFields(schema, applied).difference(modified).difference(added).difference(removed);
}

/** The object with the annotation telling of the applied one; without the annotation where that is too long. */
export function withLastApplied(object: ApiObject, config: ApiObject): ApiObject {
  const { [lastAppliedAnnotation]: _, ...others } = object.metadata.annotations ?? {};
  const text = textOf(config);
  const bytes = Object.entries({ ...others, [lastAppliedAnnotation]: text })
    .flat()
    .reduce((sum, part) => sum + Buffer.byteLength(part), 0);
  const annotations = bytes > annotationsBytesMax ? others : { ...others, [lastAppliedAnnotation]: text };
  return { ...object, metadata: { ...object.metadata, annotations } };
}

/** Upstream's encoder: keys in order, a newline at the end. */
function textOf(config: ApiObject): string {
  const { [lastAppliedAnnotation]: _, ...annotations } = config.metadata.annotations ?? {};
  const metadata = config.metadata.annotations === undefined ? config.metadata : { ...config.metadata, annotations };
  return `${JSON.stringify({ ...config, metadata }, sortedKeys)}\n`;
}

function sortedKeys(_key: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
}

function parsed(text: string | undefined): ApiObject | undefined {
  if (!text) return undefined;
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? (value as ApiObject) : undefined;
  } catch {
    return undefined;
  }
}
