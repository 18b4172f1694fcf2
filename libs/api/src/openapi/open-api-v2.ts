import type { ResourceTable } from '../resource/resource-table.ts';
import { TypeSchemas } from '../schema/type-schemas.ts';
import { customDefinitions } from './custom-definitions.ts';
import type { TypeDescriptions } from './descriptions.ts';
import { definitionName, dialectV2, type JsonSchema, refTo, SchemaWriter } from './json-schema.ts';
import { jsonMediaTypes, openApiInfo, watchMediaTypes } from './media-types.ts';
import { type Operation, type PathOperations, pathsOf } from './operations.ts';
import type { Parameter } from './parameters.ts';

export interface ParameterV2 {
  readonly name: string;
  readonly in: 'query' | 'path' | 'body';
  readonly description?: string;
  readonly required?: boolean;
  readonly type?: string;
  readonly uniqueItems?: boolean;
  readonly schema?: JsonSchema;
}

export interface OperationV2 {
  readonly description: string;
  readonly operationId: string;
  readonly consumes: readonly string[];
  readonly produces: readonly string[];
  readonly schemes: readonly string[];
  readonly tags: readonly string[];
  readonly parameters?: readonly ParameterV2[];
  readonly responses: Readonly<Record<string, { readonly description: string; readonly schema?: JsonSchema }>>;
  readonly 'x-kubernetes-action': Operation['action'];
  readonly 'x-kubernetes-group-version-kind': Operation['kind'];
}

export type PathItemV2 = { readonly [Method in Operation['method']]?: OperationV2 } & {
  readonly parameters?: readonly ParameterV2[];
};

/** A Swagger 2.0 document. */
export interface OpenApiV2 {
  readonly swagger: '2.0';
  readonly info: { readonly title: string; readonly version: string };
  readonly paths: Readonly<Record<string, PathItemV2>>;
  readonly definitions: Readonly<Record<string, JsonSchema>>;
}

/** The one document that describes all group versions. */
export function buildOpenApiV2(table: ResourceTable, descriptions: TypeDescriptions): OpenApiV2 {
  const writer = new SchemaWriter(dialectV2, descriptions);
  const names = [...TypeSchemas.builtIn().names()].sort();
  const paths = table.groupVersions().flatMap(({ group, version }) => pathsOf(table, group, version));
  return {
    swagger: '2.0',
    info: openApiInfo,
    paths: Object.fromEntries(paths.map((path) => [path.path, pathItem(path)])),
    definitions: Object.fromEntries([
      ...names.map((name) => [definitionName(name), writer.definition(name)] as const),
      ...table.all().flatMap((info) => customDefinitions(info, dialectV2)),
    ]),
  };
}

function pathItem({ parameters, operations }: PathOperations): PathItemV2 {
  return {
    ...Object.fromEntries(operations.map((operation) => [operation.method, operationV2(operation)])),
    parameters: parameters.map(parameterV2),
  };
}

function operationV2(operation: Operation): OperationV2 {
  const { action, body } = operation;
  const bodyParameter: ParameterV2[] =
    body === undefined
      ? []
      : [{ name: 'body', in: 'body', required: action !== 'delete', schema: refTo(body, dialectV2) }];
  return {
    description: operation.description,
    operationId: operation.id,
    consumes: action === 'patch' ? operation.patchMediaTypes : ['*/*'],
    produces: action === 'connect' ? ['*/*'] : action === 'list' ? watchMediaTypes : jsonMediaTypes,
    schemes: ['https'],
    tags: [operation.tag],
    parameters: [...bodyParameter, ...operation.parameters.map(parameterV2)],
    responses: responsesV2(operation),
    'x-kubernetes-action': action,
    'x-kubernetes-group-version-kind': operation.kind,
  };
}

function responsesV2({ action, answer }: Operation): OperationV2['responses'] {
  const schema: JsonSchema = answer === undefined ? { type: 'string' } : refTo(answer, dialectV2);
  return {
    '200': { description: 'OK', schema },
    ...(action === 'post' || action === 'put' || action === 'patch'
      ? { '201': { description: 'Created', schema } }
      : {}),
    ...(action === 'post' || action === 'delete' ? { '202': { description: 'Accepted', schema } } : {}),
    '401': { description: 'Unauthorized' },
  };
}

function parameterV2({ name, in: place, type, description }: Parameter): ParameterV2 {
  return { name, in: place, description, type, uniqueItems: true, ...(place === 'path' ? { required: true } : {}) };
}
