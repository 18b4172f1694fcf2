import type {
  CustomResourceDefinition,
  CustomResourceDefinitionVersion,
  ResourceInfo,
  SubresourceInfo,
} from '@orrery/api';
import { CustomResourceStrategy } from '../kind/custom-resource-strategy.ts';
import { DefinedKind } from '../kind/defined-kind.ts';
import { byVersionPriority } from '../kind/version-priority.ts';
import { conditionIsTrue } from './definition-condition.ts';

const verbs = ['delete', 'deletecollection', 'get', 'list', 'patch', 'create', 'update', 'watch'];
const subresourceVerbs = ['get', 'patch', 'update'];

/** The rows of the resource table that a definition stands for: one for each served version, none before its names are accepted. */
export function definedResources(definition: CustomResourceDefinition): ResourceInfo[] {
  if (!conditionIsTrue(definition, 'Established') && !conditionIsTrue(definition, 'NamesAccepted')) return [];
  const { versions } = definition.spec;
  const storage = versions.find((version) => version.storage);
  if (!storage) return [];
  return versions
    .filter(({ served }) => served)
    .sort((a, b) => byVersionPriority(a.name, b.name))
    .map((version) => resourceOf(definition, version, storage.name));
}

/** The row of the storage version, whether it is served or not: for the server's own dealings with stored objects. */
export function storedResource(definition: CustomResourceDefinition): ResourceInfo | undefined {
  const storage = definition.spec.versions.find((version) => version.storage);
  return storage && resourceOf(definition, storage, storage.name);
}

function resourceOf(
  definition: CustomResourceDefinition,
  version: CustomResourceDefinitionVersion,
  storageVersion: string,
): ResourceInfo {
  const { group, scope, names: wanted } = definition.spec;
  const names = definition.status?.acceptedNames ?? wanted;
  const custom = new DefinedKind(definition, version);
  const { subresources } = version;
  const row = {
    group,
    version: version.name,
    resource: wanted.plural,
    kind: names.kind || wanted.kind,
    listKind: names.listKind || `${wanted.kind}List`,
    singular: names.singular || wanted.kind.toLowerCase(),
    namespaced: scope === 'Namespaced',
    shortNames: names.shortNames ?? [],
    categories: names.categories ?? [],
    verbs,
    subresources: subresourcesOf(group, names.kind || wanted.kind, version),
    typeName: '',
    storage: { group, version: storageVersion, resource: wanted.plural },
    custom,
  };
  const strategy = new CustomResourceStrategy({
    info: row,
    schema: custom.schema,
    rules: () => custom.rules,
    hasStatus: subresources?.status !== undefined,
    scale: custom.scale,
  });
  return { ...row, strategy };
}

function subresourcesOf(
  group: string,
  kind: string,
  { name: version, subresources = {} }: CustomResourceDefinitionVersion,
): SubresourceInfo[] {
  const verbs = subresourceVerbs;
  const scale = { name: 'scale', group: 'autoscaling', version: 'v1', kind: 'Scale', verbs };
  return [
    ...(subresources.scale === undefined ? [] : [scale]),
    ...(subresources.status === undefined ? [] : [{ name: 'status', group, version, kind, verbs }]),
  ];
}
