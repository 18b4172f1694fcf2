import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** A field as `types.json` describes it. */
interface FieldFact {
  /** Type: a name, `[]name`, `map<name>` or a scalar such as `integer:int32`. */
  t: string;
  req?: 1;
}

interface TypeFact {
  type?: string;
  gvk?: string[];
  fields?: Record<string, FieldFact>;
}

interface ResourceFact {
  group: string;
  version: string;
  resource: string;
  kind: string;
}

/** Types that are not objects on the wire, and what stands for them. */
const scalarTypes: Record<string, string> = {
  'apimachinery.pkg.api.resource.Quantity': 'string',
  'apimachinery.pkg.apis.meta.v1.Time': 'string',
  'apimachinery.pkg.apis.meta.v1.MicroTime': 'string',
  'apimachinery.pkg.util.intstr.IntOrString': 'number | string',
  'apimachinery.pkg.apis.meta.v1.FieldsV1': 'Record<string, unknown>',
  'apimachinery.pkg.apis.meta.v1.Patch': 'unknown',
  'apimachinery.pkg.runtime.RawExtension': 'Record<string, unknown>',
  'apiextensions-apiserver.pkg.apis.apiextensions.v1.JSON': 'unknown',
};

/** Fields that every stored object has, though a client may leave them out. */
const metadataAlwaysThere = new Set(['name', 'uid', 'resourceVersion', 'creationTimestamp']);
const kindFieldsAlwaysThere = new Set(['apiVersion', 'kind', 'metadata', 'spec', 'status']);

/** `api.core.v1.Pod` → module `coreV1`, name `Pod`. */
function locate(typeName: string): { module: string; file: string; name: string } {
  const parts = typeName.split('.');
  const name = parts.at(-1) ?? '';
  const version = parts.at(-2) ?? '';
  const group = parts.at(-3) ?? '';
  const file = `${group.toLowerCase()}-${version}`;
  return { module: `${group}${version.charAt(0).toUpperCase()}${version.slice(1)}`, file, name };
}

/** Writes one file of interfaces a group version, the kind tokens and the tables. */
export function generateApi(factsFolder: string, outFolder: string): void {
  const types = readJson<Record<string, TypeFact>>(join(factsFolder, 'types.json'));
  const resources = readJson<ResourceFact[]>(join(factsFolder, 'resources.json'));
  rmSync(outFolder, { recursive: true, force: true });
  mkdirSync(outFolder, { recursive: true });

  const files = new Map<string, string[]>();
  const modules = new Map<string, string>();
  const namesSeen = new Map<string, number>();
  for (const [typeName, fact] of Object.entries(types)) {
    if (typeName in scalarTypes) continue;
    const { module, file, name } = locate(typeName);
    modules.set(module, file);
    namesSeen.set(name, (namesSeen.get(name) ?? 0) + 1);
    const lines = files.get(file) ?? [];
    files.set(file, lines);
    lines.push(interfaceOf(name, fact, module, typeName));
  }
  const imports = [...modules].map(([module, file]) => `import type * as ${module} from './${file}.ts';`);
  for (const [file, lines] of files) {
    const body = lines.join('\n');
    const used = imports.filter((line) => body.includes(`${line.split(' ')[4]}.`));
    write(outFolder, `${file}.ts`, `${used.join('\n')}\n\n${body}`);
  }

  const tokens: string[] = [];
  const kindsSeen = new Map<string, number>();
  for (const { kind } of resources) kindsSeen.set(kind, (kindsSeen.get(kind) ?? 0) + 1);
  const chosen = new Map<string, ResourceFact>();
  for (const fact of resources) {
    const best = chosen.get(fact.kind);
    if (!best || rank(fact) > rank(best)) chosen.set(fact.kind, fact);
  }
  for (const { group, version, resource, kind } of chosen.values()) {
    const typeName = Object.keys(types).find(
      (t) => types[t]?.gvk?.includes(`${group}/${version}/${kind}`) && t.endsWith(`.${kind}`),
    );
    if (!typeName) continue;
    const { module } = locate(typeName);
    tokens.push(
      `export type ${kind} = ${module}.${kind};`,
      `export const ${kind}: ResourceType<${kind}> = resourceType('${group}', '${version}', '${resource}');`,
    );
  }
  const kinds = new Set(chosen.keys());
  const flat: string[] = [];
  for (const [typeName] of Object.entries(types)) {
    const { module, file, name } = locate(typeName);
    if (typeName in scalarTypes || kinds.has(name) || namesSeen.get(name) !== 1 || !/-v\d+$/.test(file)) continue;
    flat.push(`export type ${name} = ${module}.${name};`);
  }
  write(
    outFolder,
    'kinds.ts',
    [
      `import { type ResourceType, resourceType } from '../resource/resource-type.ts';`,
      ...imports,
      '',
      ...tokens,
      '',
      ...flat,
      '',
      `export type { ${[...modules.keys()].sort().join(', ')} };`,
    ].join('\n'),
  );
  for (const table of ['resources', 'types']) {
    const text = JSON.stringify(JSON.parse(readFileSync(join(factsFolder, `${table}.json`), 'utf8')));
    write(
      outFolder,
      `${table}-table.ts`,
      `/** Parsed on first use: a JSON text loads several times faster than the same object literal. */\nexport const ${table}Json: string = ${JSON.stringify(text)};`,
    );
  }
}

/** v1 of a group wins over v1beta1; the core group's Event over that of events.k8s.io; autoscaling v2 over v1. */
function rank(fact: ResourceFact): number {
  const stable = /^v(\d+)$/.exec(fact.version);
  return (stable ? 100 + Number(stable[1]) : 0) + (fact.group === '' ? 50 : 0);
}

function interfaceOf(name: string, fact: TypeFact, module: string, typeName: string): string {
  if (!fact.fields) return `export type ${name} = unknown;\n`;
  const isKind = 'metadata' in fact.fields && 'apiVersion' in fact.fields;
  const isMeta = typeName.endsWith('meta.v1.ObjectMeta');
  const fields = Object.entries(fact.fields).map(([field, { t, req }]) => {
    const there = req || (isKind && kindFieldsAlwaysThere.has(field)) || (isMeta && metadataAlwaysThere.has(field));
    const key = /^[A-Za-z_$][\w$]*$/.test(field) ? field : `'${field}'`;
    // The metadata of a template is what a user wrote, not what the server filled in.
    const isTemplateMeta = !isKind && t.endsWith('meta.v1.ObjectMeta');
    const type = isTemplateMeta ? `Partial<${typescriptOf(t, module)}>` : typescriptOf(t, module);
    return `  ${key}${there ? '' : '?'}: ${type};`;
  });
  return `export interface ${name} {\n${fields.join('\n')}\n}\n`;
}

function typescriptOf(t: string, module: string): string {
  if (t.startsWith('[]')) {
    const item = typescriptOf(t.slice(2), module);
    return item.includes('|') ? `(${item})[]` : `${item}[]`;
  }
  const map = /^map<(.*)>$/.exec(t);
  if (map) return `Record<string, ${typescriptOf(map[1] ?? '', module)}>`;
  const scalar = t.split(':')[0];
  if (scalar === 'string') return 'string';
  if (scalar === 'integer' || scalar === 'number') return 'number';
  if (scalar === 'boolean') return 'boolean';
  if (t in scalarTypes) return scalarTypes[t] ?? 'unknown';
  const target = locate(t);
  return target.module === module ? target.name : `${target.module}.${target.name}`;
}

function readJson<T>(path: string): T {
  return JSON.parse(readFileSync(path, 'utf8')) as T;
}

function write(folder: string, file: string, body: string): void {
  writeFileSync(join(folder, file), `// Generated by tools/generate. Do not edit.\n${body}\n`);
}
