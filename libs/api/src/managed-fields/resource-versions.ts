import { parseApiVersion, type ResourceInfo } from '../resource/resource-table.ts';
import type { ApiObject } from '../resource/resource-type.ts';
import { builtInMergeSchema } from './built-in-merge-schema.ts';
import { emptyObject } from './empty-object.ts';
import type { ObjectVersions } from './field-ownership.ts';
import type { MergeSchema } from './merge-schema.ts';

/** The object, which is in version `from`, as `to` serves it. Never changes its argument. */
export type ConvertObject = (object: ApiObject, from: ResourceInfo, to: ResourceInfo) => ApiObject | Promise<ApiObject>;

/** Finds the row of a kind. */
export type FindKind = (group: string, version: string, kind: string) => ResourceInfo | undefined;

/** The versions of one resource as the resource table has them. */
export class ResourceVersions implements ObjectVersions {
  constructor(
    private readonly info: ResourceInfo,
    private readonly findKind: FindKind,
    private readonly convertObject: ConvertObject,
  ) {}

  schemaOf(apiVersion: string): MergeSchema | undefined {
    const row = this.rowOf(apiVersion);
    return row && mergeSchemaOf(row);
  }

  convert(object: ApiObject, apiVersion: string): ApiObject | Promise<ApiObject> {
    if (object.apiVersion === apiVersion) return object;
    const [from, to] = [this.rowOf(object.apiVersion), this.rowOf(apiVersion)];
    if (from === undefined || to === undefined) throw new Error(`${apiVersion} ${this.info.kind} is not served`);
    return this.convertObject(object, from, to);
  }

  private rowOf(apiVersion: string): ResourceInfo | undefined {
    const parsed = parseApiVersion(apiVersion);
    const row = parsed && this.findKind(parsed.group, parsed.version, this.info.kind);
    const { group, resource } = this.info.storage;
    return row?.storage.group === group && row.storage.resource === resource ? row : undefined;
  }
}

/** How objects of a resource merge, in its version. */
export function mergeSchemaOf({ custom, typeName }: ResourceInfo): MergeSchema {
  return custom?.mergeSchema ?? builtInMergeSchema(typeName);
}

/** An object of the resource that nobody has set a field of. */
export function emptyObjectOf(info: ResourceInfo, apiVersion: string): ApiObject {
  const empty = info.custom === undefined ? emptyObject(info.typeName) : {};
  return { metadata: {}, ...empty, kind: info.kind, apiVersion } as ApiObject;
}
