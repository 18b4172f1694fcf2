import { describe, expect, it } from '@jest/globals';
import { JsonPath, JsonPathError } from './json-path.ts';

const object = {
  metadata: { labels: { 'app.kubernetes.io/name': 'x' } },
  spec: { list: [{ a: 1 }, { a: 2, b: 'two' }], n: 3 },
  status: {
    conditions: [
      { type: 'Ready', status: 'True' },
      { type: 'Other', status: 'False' },
    ],
  },
};

describe('a JSON path', () => {
  it.each<[string, unknown[]]>([
    ['.spec.n', [3]],
    ['.spec.missing', []],
    ['.spec.n.deeper', []],
    ['.spec.list[1].b', ['two']],
    ['.spec.list[-1].a', [2]],
    ['.spec.list[*].a', [1, 2]],
    ['.spec.list[0:1].a', [1]],
    ['.metadata.labels.app\\.kubernetes\\.io/name', ['x']],
    ["['metadata'].labels['app.kubernetes.io/name']", ['x']],
    ['.status.conditions[?(@.type=="Ready")].status', ['True']],
    ["..conditions[?(@.status!='True')].type", ['Other']],
    ['.spec.list[?(@.a>1)].b', ['two']],
    ['.spec.list[?(@.b)].a', [2]],
  ])('%s finds %j', (path, found) => {
    expect(JsonPath.parse(path).find(object)).toEqual(found);
  });

  it.each(['.spec[', '.spec[x]', '.list[?(@.a', '.a[?(@.a == b)]'])('%s cannot be read', (path) => {
    expect(() => JsonPath.parse(path)).toThrow(JsonPathError);
  });
});
