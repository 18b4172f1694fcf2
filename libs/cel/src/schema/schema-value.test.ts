import { describe, expect, it } from '@jest/globals';
import { CostBudget } from '../cost/cost-budget.ts';
import { CelEnvironment } from '../environment.ts';
import { types } from '../types/cel-type.ts';
import type { CelSchema } from './cel-schema.ts';
import { escapeFieldName, namesByEscaped } from './escape-name.ts';
import { typeOfSchema } from './schema-type.ts';
import { valueOfSchema } from './schema-value.ts';

const schema: CelSchema = {
  type: 'object',
  properties: {
    'dotted.name': { type: 'integer' },
    namespace: { type: 'string' },
    __under: { type: 'boolean' },
    ratio: { type: 'number' },
    port: { 'x-kubernetes-int-or-string': true },
    at: { type: 'string', format: 'date-time' },
    for: { type: 'string', format: 'duration' },
    blob: { type: 'string', format: 'byte' },
    labels: { type: 'object', additionalProperties: { type: 'string' } },
    tags: { type: 'array', items: { type: 'string' }, 'x-kubernetes-list-type': 'set' },
    items: {
      type: 'array',
      items: { type: 'object', properties: { name: { type: 'string' }, value: { type: 'integer' } } },
      'x-kubernetes-list-type': 'map',
      'x-kubernetes-list-map-keys': ['name'],
    },
    free: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true },
    untyped: { 'x-kubernetes-preserve-unknown-fields': true },
  },
};
const self = {
  'dotted.name': 7,
  namespace: 'n',
  __under: true,
  ratio: 2,
  port: '80%',
  at: '2024-01-01T00:00:00Z',
  for: '90s',
  blob: 'aGk=',
  labels: { 'a.b/c': 'd' },
  tags: ['x', 'y'],
  items: [
    { name: 'one', value: 1 },
    { name: 'two', value: 2 },
  ],
  metadata: { name: 'it', labels: {} },
};
const environment = CelEnvironment.kubernetes.with({ self: typeOfSchema(schema, { isRoot: true }) ?? types.dyn });
const evaluate = (rule: string) =>
  environment.compile(rule).evaluate({ self: valueOfSchema(self, schema, true) }, new CostBudget(100_000));

describe('a value with a schema', () => {
  it.each([
    'self.dotted__dot__name == 7 && self.__namespace__ == "n" && self.__underscores__under',
    'self.ratio == 2.0 && type(self.ratio) == double',
    'self.port == "80%" && type(self.port) == string',
    'self.at < timestamp("2024-01-02T00:00:00Z") && self.__for__ == duration("90s")',
    'self.blob == b"hi"',
    'self.labels["a.b/c"] == "d" && self.labels.all(k, k.contains("/"))',
    'self.tags == ["y", "x"] && (self.tags + ["x", "z"]).size() == 3',
    'self.items.exists(i, i.value == 2) && self.items == self.items',
    'self.metadata.name == "it" && !has(self.metadata.generateName) && !has(self.kind)',
    '!has(self.free)',
  ])('%s', (rule) => {
    expect(evaluate(rule)).toBe(true);
  });

  it('compares lists with keys by their keys, in any order', () => {
    const items = { ...self, items: [...self.items].reverse() };
    const other = environment.with({ other: typeOfSchema(schema, { isRoot: true }) ?? types.dyn });
    const activation = { self: valueOfSchema(self, schema), other: valueOfSchema(items, schema) };
    expect(other.compile('self.items == other.items').evaluate(activation, new CostBudget(1_000))).toBe(true);
    const joined = 'self.items + other.items == self.items';
    expect(other.compile(joined).evaluate(activation, new CostBudget(1_000))).toBe(true);
  });

  it.each([
    ['self.untyped == 1', "undefined field 'untyped'"],
    ['self.metadata.labels.size() == 0', "undefined field 'labels'"],
    ['self.namespace == "n"', "undefined field 'namespace'"],
  ])('%s is not to be seen: %s', (rule, problem) => {
    expect(() => environment.compile(rule)).toThrow(problem);
  });
});

describe('the name of a field', () => {
  it.each([
    ['plain', 'plain'],
    ['a.b-c/d', 'a__dot__b__dash__c__slash__d'],
    ['a__b', 'a__underscores__b'],
    ['in', '__in__'],
    ['1st', undefined],
    ['a b', undefined],
    ['$ref', undefined],
  ])('%s is written %s', (name, escaped) => {
    expect(escapeFieldName(name)).toBe(escaped);
  });

  it('comes back from its escaped form', () => {
    const properties = { 'a.b': 0, in: 0, '1st': 0 };
    expect([...namesByEscaped(properties)]).toEqual([
      ['a__dot__b', 'a.b'],
      ['__in__', 'in'],
    ]);
  });
});
