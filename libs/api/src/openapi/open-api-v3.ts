import { createHash } from 'node:crypto';
import type { GroupVersion, ResourceInfo, ResourceTable } from '../resource/resource-table.ts';
import { TypeSchemas } from '../schema/type-schemas.ts';
import { customDefinitions, typesOfCustomDefinitions } from './custom-definitions.ts';
import type { TypeDescriptions } from './descriptions.ts';
import { definitionName, dialectV3, type JsonSchema, refTo, SchemaWriter } from './json-schema.ts';
import { jsonMediaTypes, openApiInfo, watchMediaTypes } from './media-types.ts';
import { type Operation, type PathOperations, pathsOf } from './operations.ts';
import type { Parameter } from './parameters.ts';

type Content = Readonly<Record<string, { readonly schema: JsonSchema }>>;

interface ParameterV3 {
  readonly name: string;
  readonly in: 'query' | 'path';
  readonly description: string;
  readonly required?: boolean;
  readonly schema: { readonly type: string; readonly uniqueItems: true };
}

interface OperationV3 {
  readonly description: string;
  readonly operationId: string;
  readonly tags: readonly string[];
  readonly parameters: readonly ParameterV3[];
  readonly requestBody?: { readonly content: Content; readonly required?: boolean };
  readonly responses: Readonly<Record<string, { readonly description: string; readonly content?: Content }>>;
  readonly 'x-kubernetes-action': Operation['action'];
  readonly 'x-kubernetes-group-version-kind': Operation['kind'];
}

/** An OpenAPI 3.0 document of one group version. */
export interface OpenApiV3 {
  readonly openapi: '3.0.0';
  readonly info: { readonly title: string; readonly version: string };
  readonly paths: Readonly<Record<string, Readonly<Record<string, OperationV3 | readonly ParameterV3[]>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, JsonSchema>> };
}

/** Where the documents of the group versions are. */
export interface OpenApiV3Index {
  readonly paths: Readonly<Record<string, { readonly serverRelativeURL: string }>>;
}

/** Counts the forms that our documents have had: a client's cached copy of an older form gets another hash. */
const documentRevision = 3;

/** Answer of `/openapi/v3`. The hash lets clients keep a document for ever: it changes with the resources. */
export function buildOpenApiV3Index(table: ResourceTable): OpenApiV3Index {
  const entries = table.groupVersions().map((groupVersion) => {
    const path = pathOf(groupVersion);
    return [path, { serverRelativeURL: `/openapi/v3/${path}?hash=${openApiV3Hash(table, groupVersion)}` }] as const;
  });
  return { paths: Object.fromEntries(entries) };
}

/** `undefined` for a group version that is not served. */
export function buildOpenApiV3(
  table: ResourceTable,
  descriptions: TypeDescriptions,
  { group, version }: GroupVersion,
): OpenApiV3 | undefined {
  const paths = pathsOf(table, group, version);
  if (paths.length === 0) return undefined;
  const writer = new SchemaWriter(dialectV3, descriptions);
  const schemas = [
    ...reachable(writer, paths).map((name) => [definitionName(name), writer.definition(name)] as const),
    ...rowsOf(table, { group, version }).flatMap((info) => customDefinitions(info, dialectV3)),
  ];
  return {
    openapi: '3.0.0',
    info: openApiInfo,
    paths: Object.fromEntries(paths.map((path) => [path.path, pathItem(path)])),
    components: { schemas: Object.fromEntries(schemas) },
  };
}

/** `api/v1`, `apis/apps/v1`. */
function pathOf({ group, version }: GroupVersion): string {
  return group === '' ? `api/${version}` : `apis/${group}/${version}`;
}

/** Changes when anything changes that the document of the group version shows. */
export function openApiV3Hash(table: ResourceTable, groupVersion: GroupVersion): string {
  const rows = rowsOf(table, groupVersion).map(({ strategy: _, custom, ...facts }) => [
    facts,
    custom?.openApiSchema(3, dialectV3.refPrefix),
  ]);
  const content = JSON.stringify([documentRevision, openApiInfo.version, rows]);
  return createHash('sha512').update(content).digest('hex').toUpperCase();
}

function rowsOf(table: ResourceTable, { group, version }: GroupVersion): ResourceInfo[] {
  return table.all().filter((info) => info.group === group && info.version === version);
}

/** All types of Kubernetes that the paths need, directly or through fields, by name. */
function reachable(writer: SchemaWriter, paths: readonly PathOperations[]): string[] {
  const used = paths.flatMap(({ operations }) => operations.flatMap(({ body, answer }) => [body, answer]));
  const found = new Set<string>();
  const pending = used.filter((name) => name !== undefined);
  for (let name = pending.pop(); name !== undefined; name = pending.pop()) {
    if (found.has(name)) continue;
    if (!TypeSchemas.builtIn().has(name)) {
      pending.push(...typesOfCustomDefinitions);
      continue;
    }
    found.add(name);
    pending.push(...writer.referencesOf(name));
  }
  return [...found].sort();
}

function pathItem({ parameters, operations }: PathOperations): OpenApiV3['paths'][string] {
  return {
    ...Object.fromEntries(operations.map((operation) => [operation.method, operationV3(operation)])),
    parameters: parameters.map(parameterV3),
  };
}

function operationV3(operation: Operation): OperationV3 {
  const { action, body } = operation;
  const consumes = action === 'patch' ? operation.patchMediaTypes : ['*/*'];
  return {
    description: operation.description,
    operationId: operation.id,
    tags: [operation.tag],
    parameters: operation.parameters.map(parameterV3),
    ...(body === undefined
      ? {}
      : {
          requestBody: {
            content: content(consumes, refTo(body, dialectV3)),
            ...(action === 'delete' ? {} : { required: true }),
          },
        }),
    responses: responsesV3(operation),
    'x-kubernetes-action': action,
    'x-kubernetes-group-version-kind': operation.kind,
  };
}

function responsesV3({ action, answer }: Operation): OperationV3['responses'] {
  const schema: JsonSchema = answer === undefined ? { type: 'string' } : refTo(answer, dialectV3);
  const produces = action === 'connect' ? ['*/*'] : action === 'list' ? watchMediaTypes : jsonMediaTypes;
  const body = content(produces, schema);
  return {
    '200': { description: 'OK', content: body },
    ...(action === 'post' || action === 'put' || action === 'patch'
      ? { '201': { description: 'Created', content: body } }
      : {}),
    ...(action === 'post' || action === 'delete' ? { '202': { description: 'Accepted', content: body } } : {}),
    '401': { description: 'Unauthorized' },
  };
}

function content(mediaTypes: readonly string[], schema: JsonSchema): Content {
  return Object.fromEntries(mediaTypes.map((mediaType) => [mediaType, { schema }]));
}

function parameterV3({ name, in: place, type, description }: Parameter): ParameterV3 {
  const schema = { type, uniqueItems: true } as const;
  return { name, in: place, description, ...(place === 'path' ? { required: true } : {}), schema };
}
