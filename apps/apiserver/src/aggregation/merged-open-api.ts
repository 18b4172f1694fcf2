import { deepEqual, type GroupVersion } from '@orrery/api';

/** As much of a Swagger 2.0 document as merging needs. */
export interface OpenApiV2Document {
  readonly paths: Readonly<Record<string, unknown>>;
  readonly definitions?: Readonly<Record<string, unknown>>;
}

const definitionPrefix = '#/definitions/';

/**
 * `local` with the paths of one group version of another server and the definitions that they need. A definition that has the name of a different one
 * gets another name, as upstream's `_v2`.
 */
export function mergedOpenApiV2<Document extends OpenApiV2Document>(
  local: Document,
  remote: OpenApiV2Document,
  { group, version }: GroupVersion,
): Document {
  const prefix = `/apis/${group}/${version}/`;
  const paths = Object.entries(remote.paths).filter(([path]) => `${path}/`.startsWith(prefix));
  const needed = neededDefinitions(Object.fromEntries(paths), remote.definitions ?? {});
  const names = new Map<string, string>();
  for (const [name, definition] of needed) names.set(name, freeName(name, definition, local.definitions ?? {}));
  const definitions = [...needed].map(([name, definition]) => [names.get(name), renamed(definition, names)]);
  return {
    ...local,
    paths: { ...local.paths, ...Object.fromEntries(paths.map(([path, item]) => [path, renamed(item, names)])) },
    definitions: { ...local.definitions, ...Object.fromEntries(definitions) },
  };
}

/** Everything that `value` refers to, directly or through others. */
function neededDefinitions(value: unknown, definitions: Readonly<Record<string, unknown>>): Map<string, unknown> {
  const found = new Map<string, unknown>();
  const open: unknown[] = [value];
  while (open.length > 0) {
    for (const name of referencesOf(open.pop())) {
      if (found.has(name) || !(name in definitions)) continue;
      found.set(name, definitions[name]);
      open.push(definitions[name]);
    }
  }
  return found;
}

function referencesOf(value: unknown): string[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, member]) =>
    key === '$ref' && typeof member === 'string' && member.startsWith(definitionPrefix)
      ? [member.slice(definitionPrefix.length)]
      : referencesOf(member),
  );
}

function freeName(name: string, definition: unknown, taken: Readonly<Record<string, unknown>>): string {
  let free = name;
  for (let count = 2; free in taken && !deepEqual(taken[free], definition); count += 1) free = `${name}_v${count}`;
  return free;
}

function renamed(value: unknown, names: ReadonlyMap<string, string>): unknown {
  if (Array.isArray(value)) return value.map((member) => renamed(member, names));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, member]) => {
      if (key !== '$ref' || typeof member !== 'string') return [key, renamed(member, names)];
      const name = member.slice(definitionPrefix.length);
      return [key, `${definitionPrefix}${names.get(name) ?? name}`];
    }),
  );
}
