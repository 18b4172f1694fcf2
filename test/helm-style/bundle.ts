import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ApiObject } from '@orrery/api';
import { parseAllDocuments } from 'yaml';

const folder = join(import.meta.dirname, 'bundle');

/** What stands for `{{ key }}` in the files of a bundle. */
export type Values = Readonly<Record<string, string | number>>;

/** The documents of all files in one of a bundle's folders, in the order of the files. */
export function documentsOf(version: string, part: 'crds' | 'templates' | 'hooks', values: Values): ApiObject[] {
  const directory = join(folder, version, part);
  return readdirSync(directory)
    .toSorted()
    .flatMap((file) => parseAllDocuments(filled(readFileSync(join(directory, file), 'utf8'), values)))
    .map((document) => document.toJS() as ApiObject);
}

function filled(text: string, values: Values): string {
  return text.replaceAll(/\{\{ (\w+) \}\}/g, (_, key: string) => {
    const value = values[key];
    if (value === undefined) throw new Error(`the bundle wants a value "${key}"`);
    return String(value);
  });
}
