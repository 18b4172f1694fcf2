import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { parse } from 'yaml';
import { parseApiVersion, ResourceTable } from '../resource/resource-table.ts';
import type { ApiObject } from '../resource/resource-type.ts';
import { applyDefaults } from './apply-defaults.ts';
import { pullPolicyOf } from './container-defaults.ts';

interface Case {
  apiVersion: string;
  resource: string;
  input: ApiObject;
  expected: object;
}

const folder = new URL('./testdata/', import.meta.url);
const cases = readdirSync(folder).map((file) => {
  const one = parse(readFileSync(new URL(file, folder), 'utf8')) as Case;
  const { group, version } = parseApiVersion(one.apiVersion) ?? { group: '', version: '' };
  const info = ResourceTable.builtIn().find(group, version, one.resource);
  if (!info) throw new Error(`no resource ${one.resource}`);
  return { ...one, info };
});

describe('defaults', () => {
  it.each(cases)('of $resource', ({ info, input, expected }) => {
    const object = structuredClone(input);
    applyDefaults(info, object);
    expect(object).toEqual(expected);
  });

  it.each(cases)('of $resource stay when applied again', ({ info, expected }) => {
    const object = structuredClone(expected) as ApiObject;
    applyDefaults(info, object);
    expect(object).toEqual(expected);
  });

  it('never fail, even for an object of any kind with nothing in it', () => {
    for (const info of ResourceTable.builtIn().all()) {
      const object = {} as ApiObject;
      applyDefaults(info, object);
      expect(object.metadata).toBeDefined();
    }
  });
});

describe('the pull policy of an image', () => {
  it.each([
    ['nginx', 'Always'],
    ['nginx:latest', 'Always'],
    ['nginx:1.27', 'IfNotPresent'],
    ['registry:5000/nginx', 'Always'],
    ['registry:5000/nginx:1', 'IfNotPresent'],
    [`nginx@sha256:${'0'.repeat(64)}`, 'IfNotPresent'],
  ])('%s: %s', (image, policy) => {
    expect(pullPolicyOf(image)).toBe(policy);
  });
});
