import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import {
  type ApiObject,
  type CustomResourceDefinition,
  type FieldError,
  fieldErrorText,
  type JSONSchemaProps,
  type ResourceInfo,
} from '@orrery/api';
import { parse } from 'yaml';
import { definedResources } from '../definition/defined-resources.ts';

/** Each file: a schema, and what becomes of objects by it. */
interface Case {
  readonly name: string;
  readonly object: Record<string, unknown>;
  /** Before an update. */
  readonly old?: Record<string, unknown>;
  /** Paths that decoding drops. */
  readonly unknown?: readonly string[];
  /** The object's own fields after decoding and defaulting, where they differ. */
  readonly result?: Record<string, unknown>;
  readonly errors?: readonly string[];
}

interface Suite {
  readonly schema: JSONSchemaProps;
  readonly cases: readonly Case[];
}

const folder = join(import.meta.dirname, '../testdata');
const suites = readdirSync(folder).filter((name) => name.endsWith('.yaml'));

describe.each(suites)('a schema of %s', (file) => {
  const { schema, cases } = parse(readFileSync(join(folder, file), 'utf8')) as Suite;
  const info = resourceWith(schema);

  it.each(cases)('$name', ({ object, old, unknown = [], result = object, errors = [] }) => {
    const decoded = info.custom?.decode(structuredClone(complete(object)));
    expect(decoded).toMatchObject({ unknownFields: unknown, typeErrors: [] });
    const value = decoded?.value as unknown as ApiObject;
    info.custom?.applyDefaults(value);
    expect(value).toEqual(complete(result));
    const findings = old ? info.strategy?.validateUpdate(value, complete(old)) : info.strategy?.validate(value);
    expect((findings as FieldError[]).map(fieldErrorText)).toEqual(errors);
  });
});

function complete(fields: Record<string, unknown>): ApiObject & Record<string, unknown> {
  const metadata = { name: 'a', namespace: 'default', uid: 'u', creationTimestamp: '2026-01-01T00:00:00Z' };
  return { apiVersion: 'example.com/v1', kind: 'Thing', metadata, ...fields } as ApiObject & Record<string, unknown>;
}

function resourceWith(openAPIV3Schema: JSONSchemaProps): ResourceInfo {
  const definition = {
    metadata: { name: 'things.example.com' },
    spec: {
      group: 'example.com',
      scope: 'Namespaced',
      names: { plural: 'things', kind: 'Thing' },
      versions: [{ name: 'v1', served: true, storage: true, schema: { openAPIV3Schema } }],
    },
    status: { conditions: [{ type: 'Established', status: 'True' }] },
  } as unknown as CustomResourceDefinition;
  const [info] = definedResources(definition);
  if (!info) throw new Error('the definition is served');
  return info;
}
