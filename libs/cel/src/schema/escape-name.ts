const keywords: ReadonlySet<string> = new Set(
  'true false null in as break const continue else for function if import let loop package namespace return void while'.split(
    ' ',
  ),
);
const escapable = /__|[./-]/g;
const sequences: Readonly<Record<string, string>> = {
  __: '__underscores__',
  '.': '__dot__',
  '-': '__dash__',
  '/': '__slash__',
};

/** The identifier that expressions use for a field of a schema; `undefined` for names that cannot be one. */
export function escapeFieldName(name: string): string | undefined {
  if (name === '' || /^[0-9]/.test(name)) return undefined;
  if (keywords.has(name)) return `__${name}__`;
  const escaped = name.replace(escapable, (part) => sequences[part] ?? part);
  return /^[a-zA-Z_][a-zA-Z0-9_]*$/.test(escaped) ? escaped : undefined;
}

const namesByProperties = new WeakMap<object, ReadonlyMap<string, string>>();

/** Names of properties by what expressions call them; the escaping alone cannot always be undone. */
export function namesByEscaped(properties: Readonly<Record<string, unknown>>): ReadonlyMap<string, string> {
  const known = namesByProperties.get(properties);
  if (known !== undefined) return known;
  const names = new Map<string, string>();
  for (const name of Object.keys(properties)) {
    const escaped = escapeFieldName(name);
    if (escaped !== undefined) names.set(escaped, name);
  }
  namesByProperties.set(properties, names);
  return names;
}
