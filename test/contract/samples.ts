import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type ApiObject, apiVersionOf, parseApiVersion, type ResourceInfo } from '@orrery/api';
import { parseAllDocuments } from 'yaml';

const folder = join(import.meta.dirname, 'samples');

/** By group and kind: an object in another version of its group looks the same but for `apiVersion`, unless it has a sample of its own. */
const texts = new Map<string, string>();
for (const file of readdirSync(folder).filter((name) => name.endsWith('.yaml'))) {
  for (const document of parseAllDocuments(readFileSync(join(folder, file), 'utf8'))) {
    const { apiVersion, kind } = document.toJS() as ApiObject;
    const text = JSON.stringify(document.toJS());
    texts.set(`${apiVersion}/${kind}`, text);
    texts.set(`${parseApiVersion(apiVersion)?.group}/${kind}`, text);
  }
}

/** What stands for the places in a sample that differ from test to test. */
export interface SamplePlace {
  readonly name: string;
  readonly namespace: string;
  /** 1 to 250; no two kinds of objects have the same. */
  readonly number: number;
}

/** A small valid object of the resource; `undefined` where there is no sample. */
export function sampleOf(info: ResourceInfo, { name, namespace, number }: SamplePlace): ApiObject | undefined {
  const text = texts.get(`${apiVersionOf(info)}/${info.kind}`) ?? texts.get(`${info.group}/${info.kind}`);
  if (text === undefined) return undefined;
  const filled = text
    .replaceAll('NAMESPACE', namespace)
    .replaceAll('NAME', name)
    .replaceAll('.N.', `.${number}.`)
    .replaceAll(/\.N"/g, `.${number}"`);
  const object = { ...(JSON.parse(filled) as ApiObject), apiVersion: apiVersionOf(info) };
  if (info.namespaced && object.metadata) object.metadata.namespace = namespace;
  return object;
}
