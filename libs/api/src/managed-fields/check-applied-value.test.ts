import { describe, expect, it } from '@jest/globals';
import { builtInMergeSchema } from './built-in-merge-schema.ts';
import { checkAppliedValue } from './check-applied-value.ts';

const pod = builtInMergeSchema('api.core.v1.Pod');

describe('an applied object', () => {
  it.each([
    [{ spec: { foo: 1 } }, '.spec.foo: field not declared in schema'],
    [{ spec: { priority: 'x' } }, '.spec.priority: expected numeric (int or float), got string'],
    [{ spec: { hostNetwork: 'x' } }, '.spec.hostNetwork: expected boolean, got &{x}'],
    [{ spec: { nodeName: 1 } }, '.spec.nodeName: expected string, got &value.valueUnstructured{Value:1}'],
    [{ spec: { containers: {} } }, '.spec.containers: expected list, got &{map[]}'],
    [{ spec: 1 }, '.spec: expected map, got &{1}'],
    [
      { spec: { containers: [{ image: 'i' }] } },
      '.spec.containers: element 0: associative list with keys has an element that omits key field "name" (and doesn\'t have default value)',
    ],
    [
      { spec: { containers: [{ name: 'a' }, { name: 'a' }] } },
      '.spec.containers: duplicate entries for key [name="a"]',
    ],
    [
      { metadata: { finalizers: [1, {}] }, spec: { foo: 1 } },
      "errors:\n  .metadata.finalizers[=1]: expected string, got &value.valueUnstructured{Value:1}\n  .metadata.finalizers: element 1: associative list without keys has an element that's a map type\n  .spec.foo: field not declared in schema",
    ],
  ])('%j does not fit', (object, message) => {
    expect(() => checkAppliedValue(pod, object)).toThrow(new Error(message));
  });

  it('may leave out key fields that have defaults, and say null anywhere', () => {
    const container = { name: 'c', ports: [{ containerPort: 80 }], command: null };
    const limits = { limits: { cpu: 1, memory: '1Gi' } };
    checkAppliedValue(pod, { metadata: null, spec: { containers: [{ ...container, resources: limits }] } });
  });
});
