import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { parse } from 'yaml';
import { applyDefaults } from '../defaulting/apply-defaults.ts';
import type { ApiError } from '../errors/api-error.ts';
import { convertVersion } from '../object/convert-version.ts';
import { apiVersionOf, parseApiVersion, ResourceTable } from '../resource/resource-table.ts';
import type { ApiObject } from '../resource/resource-type.ts';
import { checkShape } from '../schema/check-shape.ts';
import { ApplyConflictsError } from './apply-conflicts.ts';
import { FieldManager } from './field-manager.ts';
import { emptyObjectOf, ResourceVersions } from './resource-versions.ts';
import { settableFields } from './settable-fields.ts';

/** One write. `managers` and `object` (a part of it) are what it leaves behind. */
interface Step {
  create?: ApiObject;
  update?: ApiObject;
  apply?: ApiObject;
  manager: string;
  force?: boolean;
  subresource?: string;
  at?: string;
  object?: object;
  absent?: string[];
  managers?: Record<string, unknown>;
  conflict?: string;
  causes?: object[];
}

interface Scenario {
  name: string;
  steps: Step[];
}

const folder = new URL('./testdata/', import.meta.url);
const table = ResourceTable.builtIn();

describe.each(readdirSync(folder).filter((file) => file.endsWith('.yaml')))('%s', (file) => {
  const scenarios = parse(readFileSync(new URL(file, folder), 'utf8')) as Scenario[];

  it.each(scenarios)('$name', async ({ steps }) => {
    let live: ApiObject | undefined;
    for (const step of steps) {
      const before = JSON.stringify(live);
      const input = JSON.stringify(step);
      try {
        live = await write(live, step);
        expect({ conflict: undefined }).toEqual({ conflict: step.conflict });
      } catch (error) {
        if (!(error instanceof ApplyConflictsError)) throw error;
        expectConflict(error.toApiError(), step);
      }
      if (step.conflict !== undefined) expect(JSON.stringify(live)).toBe(before);
      expect(JSON.stringify(step)).toBe(input);
      if (live === undefined) continue;
      if (step.object !== undefined) expect(live).toMatchObject(step.object);
      for (const path of step.absent ?? []) expect(live).not.toHaveProperty(path);
      if (step.managers !== undefined) expect(managersOf(live)).toEqual(step.managers);
    }
  });
});

function expectConflict(error: ApiError, { conflict, causes }: Step): void {
  expect({ message: error.message, code: error.status.code }).toEqual({ message: conflict, code: 409 });
  if (causes !== undefined) expect(error.status.details?.causes).toEqual(causes);
}

async function write(live: ApiObject | undefined, step: Step): Promise<ApiObject> {
  const { manager, force = false, subresource = '', at = '2026-01-01T00:00:00Z' } = step;
  const object = (step.create ?? step.update ?? step.apply) as ApiObject;
  const fieldManager = managerFor(object, subresource);
  if (step.apply) {
    const current = live && convertTo(live, object.apiVersion);
    return shaped(await fieldManager.apply(current, object, { manager, force }, at));
  }
  const wanted = shaped(structuredClone(object));
  wanted.metadata = { ...wanted.metadata, uid: 'u' };
  const current = step.create || !live ? undefined : convertTo(live, object.apiVersion);
  const entries = await fieldManager.update(current, wanted, manager, at);
  const { managedFields: _, ...metadata } = wanted.metadata;
  return { ...wanted, metadata: entries === undefined ? metadata : { ...metadata, managedFields: entries } };
}

function managerFor(object: ApiObject, subresource: string): FieldManager {
  const info = infoOf(object);
  const apiVersion = apiVersionOf(info);
  const versions = new ResourceVersions(info, (g, v, k) => table.byKind(g, v, k), convertVersion);
  const settable = settableFields(info, subresource);
  return new FieldManager({ apiVersion, subresource, versions, settable, empty: emptyObjectOf(info, apiVersion) });
}

function shaped(object: ApiObject): ApiObject {
  const info = infoOf(object);
  const value = checkShape(info.typeName, object).pruned as ApiObject;
  applyDefaults(info, value);
  return value;
}

function convertTo(object: ApiObject, apiVersion: string): ApiObject {
  return convertVersion(object, infoOf(object), infoOf({ ...object, apiVersion }));
}

function infoOf({ apiVersion, kind }: ApiObject) {
  const parsed = parseApiVersion(apiVersion);
  const info = parsed && table.byKind(parsed.group, parsed.version, kind);
  if (!info) throw new Error(`no ${apiVersion} ${kind}`);
  return info;
}

function managersOf({ metadata }: ApiObject): Record<string, unknown> {
  return Object.fromEntries(
    (metadata.managedFields ?? []).map(({ manager, operation, apiVersion, subresource, time, fieldsV1 }) => {
      const where = subresource === undefined ? '' : `/${subresource}`;
      return [`${manager} ${operation} ${apiVersion}${where} ${time ?? 'never'}`, fieldsV1];
    }),
  );
}
