import type { GroupVersion, ResourceInfo } from '../resource/resource-table.ts';
import { type Dialect, definitionName, type JsonSchema, refTo } from './json-schema.ts';

const listMetaType = 'apimachinery.pkg.apis.meta.v1.ListMeta';
const conventions = 'https://git.k8s.io/community/contributors/devel/sig-architecture/api-conventions.md';

/** Types of Kubernetes that the definitions of custom resources refer to. */
export const typesOfCustomDefinitions = ['apimachinery.pkg.apis.meta.v1.ObjectMeta', listMetaType];

/** `stable.example.com/v1` CronTab → `com.example.stable.v1.CronTab`. */
export function customDefinitionName({ group, version }: GroupVersion, kind: string): string {
  return [...group.split('.').reverse(), version, kind].join('.');
}

/** The definitions of a custom resource and of its list, by name; nothing for a built-in resource. */
export function customDefinitions(info: ResourceInfo, dialect: Dialect): [string, JsonSchema][] {
  if (info.custom === undefined) return [];
  const name = customDefinitionName(info, info.kind);
  const { version, refPrefix } = dialect;
  const schema = { ...info.custom.openApiSchema(version, refPrefix), ...kindExtension(info, info.kind) };
  return [
    [name, schema],
    [customDefinitionName(info, info.listKind), listDefinition(info, name, dialect)],
  ];
}

function listDefinition(info: ResourceInfo, itemName: string, dialect: Dialect): JsonSchema {
  const listMeta = refTo(listMetaType, dialect);
  const metadata = dialect.version === 2 ? listMeta : { allOf: [listMeta] };
  const { kind, listKind, resource } = info;
  return {
    description: `${listKind} is a list of ${kind}`,
    type: 'object',
    required: ['items'],
    properties: {
      apiVersion: {
        description: `APIVersion defines the versioned schema of this representation of an object. Servers should convert recognized schemas to the latest internal value, and may reject unrecognized values. More info: ${conventions}#resources`,
        type: 'string',
      },
      items: {
        description: `List of ${resource}. More info: ${conventions}`,
        type: 'array',
        items: { $ref: `${dialect.refPrefix}${definitionName(itemName)}` },
      },
      kind: {
        description: `Kind is a string value representing the REST resource this object represents. Servers may infer this from the endpoint the client submits requests to. Cannot be updated. In CamelCase. More info: ${conventions}#types-kinds`,
        type: 'string',
      },
      metadata: {
        description: `Standard list metadata. More info: ${conventions}#types-kinds`,
        ...metadata,
      },
    },
    ...kindExtension(info, listKind),
  };
}

function kindExtension({ group, version }: GroupVersion, kind: string): JsonSchema {
  return { 'x-kubernetes-group-version-kind': [{ group, kind, version }] };
}
