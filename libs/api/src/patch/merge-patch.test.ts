import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { parse } from 'yaml';
import { applyMergePatch } from './merge-patch.ts';

interface Case {
  original: object;
  patch: unknown;
  expected?: object;
  error?: string;
}

const cases = parse(readFileSync(new URL('./testdata/merge-patch/rfc-7386.yaml', import.meta.url), 'utf8')) as Case[];
const object = fc.dictionary(fc.string(), fc.jsonValue());

describe('a merge patch', () => {
  it.each(cases)('turns $original by $patch into $expected', ({ original, patch, expected, error }) => {
    if (error === undefined) expect(applyMergePatch(original, patch)).toEqual(expected);
    else expect(() => applyMergePatch(original, patch)).toThrow(error);
  });

  it('changes neither side, and nothing more when it is applied twice', () => {
    fc.assert(
      fc.property(object, object, (original, patch) => {
        const before = JSON.stringify([original, patch]);
        const once = applyMergePatch(original, patch);
        expect(applyMergePatch(once, patch)).toEqual(once);
        expect(JSON.stringify([original, patch])).toBe(before);
      }),
    );
  });
});
