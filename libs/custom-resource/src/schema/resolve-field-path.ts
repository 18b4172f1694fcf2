import { itemsOf, propertyOf, type Schema, valueSchemaOf } from './schema-node.ts';

/** What a field path leads to: the names on the way and the schema at its end. */
export interface ResolvedFieldPath {
  readonly names: readonly string[];
  readonly schema: Schema;
}

/**
 * Follows a path of fields through a schema: `.spec.color`, `['a.b']`, and, where lists are allowed, `.list[0]`. Gives the text of what is wrong
 * where it leads nowhere.
 */
export function resolveFieldPath(path: string, root: Schema, allowsLists: boolean): ResolvedFieldPath | string {
  let schema = root;
  const names: string[] = [];
  let rest = path;
  while (rest !== '') {
    const match = /^(?:\.([a-zA-Z_][a-zA-Z0-9_]*)|\[(\d+)\]|\['((?:[^'\\]|\\.)+)'\])/.exec(rest);
    if (!match) return `unexpected character at position ${path.length - rest.length}`;
    const [token, name, index, quoted] = match;
    const key = name ?? quoted?.replace(/\\(.)/g, '$1');
    if (index !== undefined && !allowsLists) return 'array notation is not allowed';
    const next = index !== undefined ? itemsOf(schema) : childOf(schema, key ?? '', names.length === 0);
    if (!next) return 'does not refer to a valid field';
    names.push(key ?? `[${index}]`);
    schema = next;
    rest = rest.slice(token.length);
  }
  return names.length > 0 ? { names, schema } : 'unexpected end of JSON path';
}

function childOf(schema: Schema, name: string, isRoot: boolean): Schema | undefined {
  const known = propertyOf(schema, name) ?? valueSchemaOf(schema);
  return known ?? (isRoot && name === 'metadata' ? { type: 'object' } : undefined);
}
