import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { parse } from 'yaml';
import { applyJsonPatch, jsonPatchOperationsMax } from './json-patch.ts';
import { PatchError } from './patch-error.ts';

interface Case {
  name: string;
  original: object;
  patch: unknown;
  expected?: object;
  error?: string;
}

const cases = parse(readFileSync(new URL('./testdata/json-patch/rfc-6902.yaml', import.meta.url), 'utf8')) as Case[];

describe('a JSON patch', () => {
  it.each(cases)('$name', ({ original, patch, expected, error }) => {
    const before = JSON.stringify([original, patch]);
    if (error === undefined) expect(applyJsonPatch(original, patch)).toEqual(expected);
    else expect(() => applyJsonPatch(original, patch)).toThrow(error);
    expect(JSON.stringify([original, patch])).toBe(before);
  });

  it('undoes an addition by a removal', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), fc.string(), fc.jsonValue(), (document, key, value) => {
        fc.pre(!Object.hasOwn(document, key));
        const path = `/${key.replaceAll('~', '~0').replaceAll('/', '~1')}`;
        const added = applyJsonPatch(document, [{ op: 'add', path, value }]);
        expect(Object.hasOwn(added, key)).toBe(true);
        expect(applyJsonPatch(added, [{ op: 'remove', path }])).toEqual(document);
      }),
    );
  });

  it('takes as many operations as upstream and no more', () => {
    const operation = { op: 'test', path: '/a', value: 1 };
    const most = Array.from({ length: jsonPatchOperationsMax }, () => operation);
    expect(applyJsonPatch({ a: 1 }, most)).toEqual({ a: 1 });
    expect(() => applyJsonPatch({ a: 1 }, [...most, operation])).toThrow(
      new PatchError('tooLarge', 'The allowed maximum operations in a JSON patch is 10000, got 10001'),
    );
  });

  it('says why it was refused', () => {
    expect.assertions(2);
    for (const [patch, reason] of [
      [{}, 'malformed'],
      [[{ op: 'remove', path: '/x' }], 'notApplicable'],
    ] as const) {
      try {
        applyJsonPatch({}, patch);
      } catch (error) {
        expect((error as PatchError).reason).toBe(reason);
      }
    }
  });
});
