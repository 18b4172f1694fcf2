import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { deepEqual } from '../object/deep-equal.ts';
import type { ApiObject } from '../resource/resource-type.ts';
import { ApplyConflictsError } from './apply-conflicts.ts';
import { compareFields, isSame } from './compare-fields.ts';
import { extractFields } from './extract-fields.ts';
import { FieldManager } from './field-manager.ts';
import { parseFieldsV1 } from './fields-v1.ts';
import type { MapMergeSchema, MergeSchema } from './merge-schema.ts';
import { deducedMergeSchema } from './merge-schema.ts';
import { mergeValues } from './merge-values.ts';

const struct = (fields: Record<string, MergeSchema>): MapMergeSchema => ({
  kind: 'map',
  atomic: false,
  field: (name) => (Object.hasOwn(fields, name) ? fields[name] : undefined),
  values: undefined,
});
const text: MergeSchema = { kind: 'scalar', scalar: 'string' };
const texts: MergeSchema = { kind: 'map', atomic: false, field: () => undefined, values: text };
const item = struct({ name: text, image: text, env: texts });
const spec = struct({
  items: { kind: 'list', listType: 'map', keys: ['name'], items: item },
  tags: { kind: 'list', listType: 'set', keys: [], items: text },
  whole: { kind: 'list', listType: 'atomic', keys: [], items: text },
  free: deducedMergeSchema,
});
const schema = struct({ kind: text, apiVersion: text, metadata: struct({ name: text, labels: texts }), spec });

const word = fc.constantFrom('a', 'b', 'c', 'd');
const words = fc.dictionary(word, word, { maxKeys: 3, noNullPrototype: true });
const specs = fc.record(
  {
    items: fc.uniqueArray(
      fc.record({ name: word, image: word, env: words }, { requiredKeys: ['name'], noNullPrototype: true }),
      {
        selector: ({ name }) => name,
        maxLength: 3,
      },
    ),
    tags: fc.uniqueArray(word, { maxLength: 3 }),
    whole: fc.array(word, { maxLength: 3 }),
    free: fc.dictionary(word, fc.oneof(word, words), { maxKeys: 3, noNullPrototype: true }),
  },
  { requiredKeys: [], noNullPrototype: true },
);
const objects = fc
  .tuple(specs, words)
  .map(
    ([content, labels]) =>
      ({ kind: 'Thing', apiVersion: 'v1', metadata: { name: 'x', labels }, spec: content }) as unknown as ApiObject,
  );

const manager = new FieldManager({
  apiVersion: 'v1',
  subresource: '',
  versions: { schemaOf: () => schema, convert: (object) => object },
  settable: (set) => set,
  empty: { kind: 'Thing', apiVersion: 'v1', metadata: {} } as ApiObject,
});
const apply = (live: ApiObject | undefined, config: ApiObject, name: string, force = false) =>
  manager.apply(live, config, { manager: name, force }, '2026-01-01T00:00:00Z');
const ownedBy = (object: ApiObject, name: string) =>
  parseFieldsV1(object.metadata.managedFields?.find((entry) => entry.manager === name)?.fieldsV1);

describe('applying', () => {
  it('twice changes nothing the second time', async () => {
    await fc.assert(
      fc.asyncProperty(objects, objects, async (first, second) => {
        const live = await apply(undefined, first, 'alice');
        const once = await apply(live, second, 'bob', true);
        expect(await apply(once, second, 'bob')).toEqual(once);
      }),
    );
  });

  it('makes the object have all that was applied', async () => {
    await fc.assert(
      fc.asyncProperty(objects, objects, async (first, second) => {
        const live = await apply(await apply(undefined, first, 'alice'), second, 'bob', true);
        const { managedFields: _, ...metadata } = live.metadata;
        const { added, modified } = compareFields(schema, { ...live, metadata }, second);
        expect([...modified.paths()]).toEqual([]);
        expect([...added.paths()]).toEqual([]);
      }),
    );
  });

  it('without force leaves what others own as it is', async () => {
    await fc.assert(
      fc.asyncProperty(objects, objects, async (first, second) => {
        const live = await apply(undefined, first, 'alice');
        const owned = ownedBy(live, 'alice');
        let result: ApiObject;
        try {
          result = await apply(live, second, 'bob');
        } catch (error) {
          expect(error).toBeInstanceOf(ApplyConflictsError);
          return;
        }
        expect(ownedBy(result, 'alice').equals(owned)).toBe(true);
        const change = compareFields(schema, live, result);
        expect(change.modified.intersection(owned).isEmpty).toBe(true);
        expect(change.removed.intersection(owned).isEmpty).toBe(true);
      }),
    );
  });

  it('nothing any more removes what only the applier owned', async () => {
    await fc.assert(
      fc.asyncProperty(objects, async (object) => {
        const live = await apply(undefined, object, 'alice');
        const nothing = { kind: 'Thing', apiVersion: 'v1', metadata: { name: 'x' } } as ApiObject;
        const left = await apply(live, nothing, 'alice');
        expect(extractFields(schema, left).intersection(ownedBy(live, 'alice')).isEmpty).toBe(true);
      }),
    );
  });
});

describe('merging and comparing', () => {
  it('agree about equality, and a value merged over itself is itself', () => {
    fc.assert(
      fc.property(objects, objects, (a, b) => {
        expect(deepEqual(mergeValues(schema, a, a), a)).toBe(true);
        const merged = mergeValues(schema, a, b);
        expect(deepEqual(mergeValues(schema, merged, b), merged)).toBe(true);
        expect(isSame(compareFields(schema, a, structuredClone(a)))).toBe(true);
        const { added, removed } = compareFields(schema, a, b);
        const back = compareFields(schema, b, a);
        expect(back.removed.equals(added) && back.added.equals(removed)).toBe(true);
      }),
    );
  });
});
