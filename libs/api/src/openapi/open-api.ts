import type { GroupVersion, ResourceTable } from '../resource/resource-table.ts';
import { loadDescriptions } from './descriptions.ts';
import type { OpenApiV2 } from './open-api-v2.ts';
import type { OpenApiV3, OpenApiV3Index } from './open-api-v3.ts';

/*
 * The door to the OpenAPI documents. Nothing behind it is loaded before the first document is asked for, and a document is built
 * at most once for a table.
 */

const documentsV2 = new WeakMap<ResourceTable, Promise<OpenApiV2>>();
const encodedV2 = new WeakMap<ResourceTable, Promise<Uint8Array>>();
const indexes = new WeakMap<ResourceTable, Promise<OpenApiV3Index>>();
const documentsV3 = new WeakMap<ResourceTable, Map<string, Promise<OpenApiV3 | undefined>>>();

/** Answer of `/openapi/v2` as JSON. */
export function openApiV2(table: ResourceTable): Promise<OpenApiV2> {
  return once(documentsV2, table, async () => {
    const [{ buildOpenApiV2 }, descriptions] = await Promise.all([import('./open-api-v2.ts'), loadDescriptions()]);
    return buildOpenApiV2(table, descriptions);
  });
}

/** Answer of `/openapi/v2` as protobuf, sent as `openApiV2ProtobufContentType`: the only form that kubectl 1.20 reads. */
export function openApiV2Protobuf(table: ResourceTable): Promise<Uint8Array> {
  return once(encodedV2, table, async () => {
    const [{ encodeGnosticDocument }, document] = await Promise.all([
      import('./gnostic-document.ts'),
      openApiV2(table),
    ]);
    return encodeGnosticDocument(document);
  });
}

/** Answer of `/openapi/v3`. */
export function openApiV3Index(table: ResourceTable): Promise<OpenApiV3Index> {
  return once(indexes, table, async () => (await import('./open-api-v3.ts')).buildOpenApiV3Index(table));
}

/** The hash of one of these documents, as the index has it. */
export async function openApiV3Hash(table: ResourceTable, groupVersion: GroupVersion): Promise<string> {
  return (await import('./open-api-v3.ts')).openApiV3Hash(table, groupVersion);
}

/** Answer of `/openapi/v3/api/v1` or `/openapi/v3/apis/<group>/<version>`; `undefined` for a version that is not served. */
export function openApiV3(table: ResourceTable, groupVersion: GroupVersion): Promise<OpenApiV3 | undefined> {
  const ofTable = documentsV3.get(table) ?? new Map<string, Promise<OpenApiV3 | undefined>>();
  documentsV3.set(table, ofTable);
  const key = `${groupVersion.group}/${groupVersion.version}`;
  const known = ofTable.get(key) ?? buildV3(table, groupVersion);
  if (table.groupVersions().some(({ group, version }) => key === `${group}/${version}`)) ofTable.set(key, known);
  return known;
}

async function buildV3(table: ResourceTable, groupVersion: GroupVersion): Promise<OpenApiV3 | undefined> {
  const [{ buildOpenApiV3 }, descriptions] = await Promise.all([import('./open-api-v3.ts'), loadDescriptions()]);
  return buildOpenApiV3(table, descriptions, groupVersion);
}

function once<T>(cache: WeakMap<ResourceTable, Promise<T>>, table: ResourceTable, build: () => Promise<T>): Promise<T> {
  const known = cache.get(table) ?? build();
  cache.set(table, known);
  return known;
}
