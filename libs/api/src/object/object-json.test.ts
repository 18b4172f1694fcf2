import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { ApiObject } from '../resource/resource-type.ts';
import { convertVersion } from './convert-version.ts';
import { deepEqual } from './deep-equal.ts';
import { decodeObject, decodeStored, encodeObject, spliceResourceVersion } from './object-json.ts';

const text = (bytes: Uint8Array) => Buffer.from(bytes).toString();
const objectOf = (metadata: object, more: object = {}) =>
  ({ ...more, metadata, apiVersion: 'v1', kind: 'Pod' }) as unknown as ApiObject;

describe('the stored form of an object', () => {
  it('starts with kind, apiVersion and metadata, and has no resourceVersion', () => {
    const stored = encodeObject(objectOf({ name: 'a', resourceVersion: '7' }, { spec: {} }));
    expect(text(stored)).toBe('{"kind":"Pod","apiVersion":"v1","metadata":{"name":"a"},"spec":{}}');
  });

  it('is served with its revision', () => {
    const stored = encodeObject(objectOf({ name: 'ä' }));
    expect(text(spliceResourceVersion(stored, 12n))).toBe(
      '{"kind":"Pod","apiVersion":"v1","metadata":{"resourceVersion":"12","name":"ä"}}',
    );
    expect(text(spliceResourceVersion(encodeObject(objectOf({})), 3))).toBe(
      '{"kind":"Pod","apiVersion":"v1","metadata":{"resourceVersion":"3"}}',
    );
  });

  it('comes back as it was, with the revision in it', () => {
    const anyJson = fc.dictionary(fc.string(), fc.jsonValue());
    fc.assert(
      fc.property(anyJson, anyJson, (annotations, spec) => {
        const object = objectOf({ name: 'a', annotations }, { spec });
        const stored = encodeObject(object);
        const served = decodeObject(spliceResourceVersion(stored, 5));
        expect(JSON.stringify(served.metadata.resourceVersion)).toBe('"5"');
        expect(served).toEqual(decodeStored(stored, 5));
      }),
    );
  });
});

describe('another version of an object', () => {
  const core = { group: '', version: 'v1', kind: 'Event' };
  const events = { group: 'events.k8s.io', version: 'v1', kind: 'Event' };

  it('renames the fields of an event there and back', () => {
    const event = {
      ...objectOf({ name: 'a' }, { message: 'm', involvedObject: { name: 'p' }, count: 2 }),
      kind: 'Event',
    };
    const other = convertVersion(event, core, events);
    expect(other).toMatchObject({
      apiVersion: 'events.k8s.io/v1',
      note: 'm',
      regarding: { name: 'p' },
      deprecatedCount: 2,
    });
    expect('message' in other).toBe(false);
    expect(convertVersion(other, events, core)).toEqual(event);
  });

  it('keeps the metrics of an autoscaler that the old version does not know', () => {
    const [v2, v1] = ['v2', 'v1'].map((version) => ({
      group: 'autoscaling',
      version,
      kind: 'HorizontalPodAutoscaler',
    }));
    if (!v1 || !v2) throw new Error('two versions');
    const metrics = [
      { type: 'Pods', pods: { metric: { name: 'x' }, target: { type: 'AverageValue', averageValue: '5' } } },
      { type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 80 } } },
    ];
    const object = {
      ...objectOf({ name: 'a' }, { spec: { maxReplicas: 3, metrics }, status: { desiredReplicas: 0 } }),
      apiVersion: 'autoscaling/v2',
      kind: 'HorizontalPodAutoscaler',
    };
    const old = convertVersion(object, v2, v1);
    expect(old).toMatchObject({ apiVersion: 'autoscaling/v1', spec: { targetCPUUtilizationPercentage: 80 } });
    expect(convertVersion(old, v1, v2)).toEqual(object);
  });
});

describe('equality of objects', () => {
  it('ignores the order of fields and fields that are undefined', () => {
    expect(deepEqual({ a: 1, b: [{ c: 2 }] }, { b: [{ c: 2, d: undefined }], a: 1 })).toBe(true);
    expect(deepEqual({ a: 1 }, { a: 1, b: null })).toBe(false);
    expect(deepEqual([1, 2], [2, 1])).toBe(false);
    expect(deepEqual([], {})).toBe(false);
  });
});
