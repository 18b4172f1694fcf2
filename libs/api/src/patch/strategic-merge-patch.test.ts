import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { parse } from 'yaml';
import { PatchError } from './patch-error.ts';
import { applyStrategicMergePatch } from './strategic-merge-patch.ts';

interface Case {
  type: string;
  original: object;
  patch: object;
  expected?: object;
  error?: string;
}

const folder = new URL('./testdata/strategic-merge/', import.meta.url);
const cases = readdirSync(folder).map((file) => ({
  name: file.replace('.yaml', '').replaceAll('-', ' '),
  ...(parse(readFileSync(new URL(file, folder), 'utf8')) as Case),
}));

const label = fc.stringMatching(/^[a-z]{1,5}$/);
const labels = fc.dictionary(label, label, { maxKeys: 4 });
const containers = fc.uniqueArray(fc.record({ name: label, image: label }), {
  selector: ({ name }) => name,
  maxLength: 5,
});
const pod = fc.record({ metadata: fc.record({ labels }), spec: fc.record({ containers }) });

describe('a strategic merge patch', () => {
  it.each(cases)('$name', ({ type, original, patch, expected, error }) => {
    const before = JSON.stringify([original, patch]);
    if (error === undefined) {
      expect(applyStrategicMergePatch(type, original, patch)).toEqual(expected);
    } else {
      expect(() => applyStrategicMergePatch(type, original, patch)).toThrow(new PatchError('unmergeable', error));
    }
    expect(JSON.stringify([original, patch])).toBe(before);
  });

  it('keeps the order of items as the expected file has it', () => {
    const order = cases.find(({ name }) => name === 'set element order sorts');
    const merged = applyStrategicMergePatch(order?.type ?? '', order?.original, order?.patch);
    expect(JSON.stringify(merged)).toBe(JSON.stringify(order?.expected));
  });

  it('changes nothing when it is empty, and nothing more when it is applied twice', () => {
    fc.assert(
      fc.property(pod, pod, (original, patch) => {
        expect(applyStrategicMergePatch('api.core.v1.Pod', original, {})).toEqual(original);
        const once = applyStrategicMergePatch('api.core.v1.Pod', original, patch);
        expect(applyStrategicMergePatch('api.core.v1.Pod', once, patch)).toEqual(once);
      }),
    );
  });

  it('has every container of both sides, those of the patch as the patch says', () => {
    fc.assert(
      fc.property(pod, pod, (original, patch) => {
        const merged = applyStrategicMergePatch('api.core.v1.Pod', original, patch).spec.containers;
        const names = [...original.spec.containers, ...patch.spec.containers].map(({ name }) => name);
        expect(new Set(merged.map(({ name }) => name))).toEqual(new Set(names));
        for (const container of patch.spec.containers) expect(merged).toContainEqual(container);
      }),
    );
  });

  it('refuses what is no object', () => {
    expect(() => applyStrategicMergePatch('api.core.v1.Pod', {}, [])).toThrow('invalid JSON document');
  });
});
