import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { parse } from 'yaml';
import { applyDefaults } from '../defaulting/apply-defaults.ts';
import { type FieldError, fieldErrorText } from '../errors/field-error.ts';
import type { Pod } from '../generated/kinds.ts';
import { applyMergePatch } from '../patch/merge-patch.ts';
import { parseApiVersion, type ResourceInfo, ResourceTable } from '../resource/resource-table.ts';
import type { ApiObject } from '../resource/resource-type.ts';
import { type StrategyContext, strategyOf } from './strategy.ts';

interface CaseFile {
  apiVersion: string;
  resource: string;
  base: object;
  cases: { name: string; patch: object; errors: string[]; generation?: number; expected?: object }[];
}

const context: StrategyContext = {
  now: '2026-01-02T03:04:05Z',
  namespace: 'default',
  newUid: () => 'uid-1',
  nameSuffix: () => 'x7k2p',
};

function casesIn(kind: string) {
  const folder = new URL(`./testdata/${kind}/`, import.meta.url);
  return readdirSync(folder).flatMap((file) => {
    const { apiVersion, resource, base, cases } = parse(readFileSync(new URL(file, folder), 'utf8')) as CaseFile;
    const info = infoOf(apiVersion, resource);
    return cases.map((one) => ({ ...one, title: `${info.kind}: ${one.name}`, info, base }));
  });
}

function infoOf(apiVersion: string, resource: string): ResourceInfo {
  const { group, version } = parseApiVersion(apiVersion) ?? { group: '', version: '' };
  const info = ResourceTable.builtIn().find(group, version, resource);
  if (!info) throw new Error(`no resource ${apiVersion} ${resource}`);
  return info;
}

function patched(info: ResourceInfo, base: object, patch: object): ApiObject {
  const object = structuredClone(applyMergePatch(base, patch)) as ApiObject;
  applyDefaults(info, object);
  return object;
}

function created(info: ResourceInfo, base: object, patch: object = {}): ApiObject {
  const object = patched(info, base, patch);
  strategyOf(info).prepareForCreate(object, context);
  return object;
}

/** What follows is the difference, where an update changed what it may not. */
function firstLine(error: FieldError): string {
  return fieldErrorText(error).split('\n')[0] ?? '';
}

describe('a new object', () => {
  it.each(casesIn('create'))('$title', ({ info, base, patch, errors, expected }) => {
    const object = created(info, base, patch);
    expect(strategyOf(info).validate(object).map(firstLine)).toEqual(errors);
    if (expected !== undefined) expect(object).toMatchObject(expected);
  });
});

describe('an update', () => {
  it.each(casesIn('update'))('$title', ({ info, base, patch, errors, generation, expected }) => {
    const old = created(info, base);
    const object = patched(info, old, patch);
    const strategy = strategyOf(info);

    strategy.prepareForUpdate(object, old, context);

    expect(strategy.validateUpdate(object, old).map(firstLine)).toEqual(errors);
    if (generation !== undefined) expect(object.metadata.generation).toBe(generation);
    if (expected !== undefined) expect(object).toMatchObject(expected);
  });

  it('of the same object finds nothing, for every kind of the test data', () => {
    for (const { info, base } of casesIn('create')) {
      const old = created(info, base);
      const object = structuredClone(old);
      strategyOf(info).prepareForUpdate(object, old, context);
      expect(object).toEqual(old);
      expect(strategyOf(info).validateUpdate(object, old)).toEqual([]);
    }
  });
});

describe('an update of the status', () => {
  it.each(casesIn('status'))('$title', ({ info, base, patch, errors }) => {
    const old = { ...created(info, base), status: (patched(info, base, {}) as { status?: unknown }).status };
    const object = patched(info, old, patch);
    const strategy = strategyOf(info);

    strategy.prepareForStatusUpdate(object, old, context);

    expect(strategy.validateStatusUpdate(object, old).map(firstLine)).toEqual(errors);
  });
});

describe('a pod', () => {
  const pods = infoOf('v1', 'pods');
  const base = { metadata: { generateName: 'web-' }, spec: { containers: [{ name: 'web', image: 'nginx' }] } };

  it('gets its name, identity and first status from the server', () => {
    const pod = created(pods, base, {
      metadata: { uid: 'mine', deletionTimestamp: 'x' },
      status: { phase: 'Running' },
    });
    expect(pod.metadata).toEqual({
      name: 'web-x7k2p',
      generateName: 'web-',
      namespace: 'default',
      uid: 'uid-1',
      creationTimestamp: context.now,
      generation: 1,
    });
    expect((pod as Pod).status).toEqual({ phase: 'Pending', qosClass: 'BestEffort' });
  });

  it('keeps all but the status in a status update', () => {
    const old = created(pods, base);
    const object = patched(pods, old, { spec: { nodeName: 'node-9' }, status: { phase: 'Running' } }) as Pod;
    strategyOf(pods).prepareForStatusUpdate(object, old, context);
    expect(object.spec).toEqual((old as Pod).spec);
    expect(object.status.phase).toBe('Running');
    expect(strategyOf(pods).validateStatusUpdate(object, old)).toEqual([]);
  });

  it('has a grace period only where a kubelet runs it', () => {
    const grace = (patch: object, asked?: number) =>
      strategyOf(pods).gracePeriodSeconds(patched(pods, base, patch), { gracePeriodSeconds: asked });
    expect(grace({})).toBe(0);
    expect(grace({ spec: { nodeName: 'node-1' } })).toBe(30);
    expect(grace({ spec: { nodeName: 'node-1' } }, 5)).toBe(5);
    expect(grace({ spec: { nodeName: 'node-1' } }, 0)).toBe(0);
    expect(grace({ spec: { nodeName: 'node-1' } }, -3)).toBe(1);
    expect(grace({ spec: { nodeName: 'node-1' }, status: { phase: 'Succeeded' } })).toBe(0);
  });
});

describe('a strategy', () => {
  it('never fails, even for an object of any kind with nothing in it', () => {
    for (const info of ResourceTable.builtIn().all()) {
      const object = created(info, {});
      const strategy = strategyOf(info);
      strategy.validate(object);
      strategy.validateUpdate(object, object);
      strategy.validateStatusUpdate(object, object);
      expect(strategy.gracePeriodSeconds(object, {})).toBe(0);
    }
  });
});

describe('an object being deleted', () => {
  it('takes no new finalizers and keeps its deletion time', () => {
    const info = infoOf('v1', 'configmaps');
    const old = created(info, { metadata: { name: 'a', finalizers: ['x.io/a'] } });
    old.metadata.deletionTimestamp = context.now;
    const object = patched(info, old, { metadata: { deletionTimestamp: null, finalizers: ['x.io/a', 'x.io/b'] } });
    strategyOf(info).prepareForUpdate(object, old, context);
    expect(object.metadata.deletionTimestamp).toBe(context.now);
    expect(strategyOf(info).validateUpdate(object, old).map(fieldErrorText)).toEqual([
      'metadata.finalizers: Forbidden: no new finalizers can be added if the object is being deleted, found new finalizers []string{"x.io/b"}',
    ]);
  });
});
