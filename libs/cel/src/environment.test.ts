import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { parse } from 'yaml';
import { CostBudget } from './cost/cost-budget.ts';
import { CelEnvironment, CelResultTypeError } from './environment.ts';
import { AuthorizerValue, authorizerType } from './library/authorizer-functions.ts';
import { jsonPatchLibrary } from './library/json-patch-functions.ts';
import { CelCompileError } from './syntax/cel-issue.ts';
import { objectType, openObjectType, types, typeText } from './types/cel-type.ts';
import type { CelValue } from './values/cel-value.ts';
import { jsonOfValue, valueOfJson } from './values/json-value.ts';
import { CelRuntimeError } from './values/runtime-errors.ts';

interface Table {
  [topic: string]: [string, unknown][];
}

const read = (name: string): [string, string, unknown][] => {
  const table = parse(readFileSync(new URL(`./testdata/${name}.yaml`, import.meta.url), 'utf8')) as Table;
  return Object.entries(table).flatMap(([topic, rows]) =>
    rows.map(([expression, wanted]): [string, string, unknown] => [topic, expression, wanted]),
  );
};

const pointType = objectType('Point', () => ({ x: types.int, label: types.string }));
const environment = CelEnvironment.kubernetes
  .with({
    any: types.dyn,
    n: types.int,
    s: types.string,
    names: types.list(types.string),
    point: pointType,
    authorizer: authorizerType,
  })
  .withLibrary(jsonPatchLibrary);
const json = { a: 1, half: 0.5, list: [3, 1, 2], nested: { key: 'value' }, none: null, flag: true };
const activation: Record<string, CelValue> = {
  any: valueOfJson(json),
  n: 5n,
  s: 'hello',
  names: valueOfJson(['b', 'a']),
  point: valueOfJson({ x: 1, label: 'p' }),
  authorizer: new AuthorizerValue((question, serviceAccount) => ({
    allowed: question.kind === 'resource' && question.resource === 'pods' && question.verb === 'get',
    reason: [question.kind, serviceAccount?.name ?? 'user'].join(' '),
    error: '',
  })),
};
const evaluate = (expression: string, costMax = 1_000_000) =>
  environment.compile(expression).evaluate(activation, new CostBudget(costMax));

/** How the evaluation fails. */
function failureOf(expression: string): { type: unknown; message: string } | undefined {
  try {
    evaluate(expression);
    return undefined;
  } catch (error) {
    const { constructor: type, message } = error as Error;
    return { type, message };
  }
}

describe('an expression', () => {
  it.each(read('values'))('of %s: %s', (_topic, expression, wanted) => {
    expect(jsonOfValue(evaluate(expression))).toEqual(wanted);
  });

  it.each(read('runtime-errors'))('that fails with %s: %s', (_topic, expression, wanted) => {
    expect(failureOf(expression)).toEqual({ type: CelRuntimeError, message: wanted });
  });

  it.each(read('compile-errors'))('that does not compile, %s: %s', (_topic, expression, wanted) => {
    expect(() => environment.compile(expression)).toThrow(CelCompileError);
    expect(() => environment.compile(expression)).toThrow(
      new CelCompileError(expression, []).message + (wanted as string),
    );
  });

  it.each([
    ['1 == 1', 'bool'],
    ['any.a', 'dyn'],
    ['names.map(x, x.size())', 'list(int)'],
    ['{"a": 1u}', 'map(string, uint)'],
    ['optional.of(names)', 'optional_type(list(string))'],
    ['timestamp("2024-01-01T00:00:00Z") - timestamp("2023-01-01T00:00:00Z")', 'duration'],
    ['point', 'Point'],
    ['[]', 'list(dyn)'],
    ['true ? any : 1', 'dyn'],
  ])('%s is of type %s', (expression, type) => {
    expect(typeText(environment.compile(expression).resultType)).toBe(type);
  });

  it('can be asked for one type of result', () => {
    const results = [types.string, types.null];
    expect(environment.compile('null', { results }).evaluate({}, new CostBudget(1))).toBe(null);
    expect(() => environment.compile('any', { results })).toThrow(new CelResultTypeError('any', results, types.dyn));
    expect(() => environment.compile('1', { results: [types.bool] })).toThrow('must evaluate to bool but got int');
    expect(() => environment.compile('1', { results })).toThrow(
      'must evaluate to one of [string null_type] but got int',
    );
  });

  it('knows the variables that it reads', () => {
    expect(environment.compile('any.exists(x, x == s)').variables()).toEqual(new Set(['any', 's', 'x', '@result']));
  });

  it('reads variables that are functions once, and only where it needs them', () => {
    let calls = 0;
    const s = () => {
      calls += 1;
      return 'x';
    };
    const run = (expression: string) => environment.compile(expression).evaluate({ s }, new CostBudget(100));
    expect(run('true || s == ""')).toBe(true);
    expect(calls).toBe(0);
    expect(run('s + s + s')).toBe('xxx');
    expect(calls).toBe(1);
  });

  it('constructs what it is allowed to', () => {
    const open = environment.withStructs({ Object: openObjectType('Object') });
    const made = open.compile('Object{spec: Object.spec{replicas: n, ?paused: any.?missing}}');
    expect(typeText(made.resultType)).toBe('Object');
    expect(jsonOfValue(made.evaluate(activation, new CostBudget(1_000)))).toEqual({ spec: { replicas: 5 } });
  });
});

describe('the cost of an evaluation', () => {
  const spent = (expression: string): number => {
    const budget = new CostBudget(1_000_000);
    environment.compile(expression).evaluate(activation, budget);
    return budget.spent;
  };

  it.each([
    ['true', 0],
    ['n', 1],
    ['any.nested.key', 3],
    ['n + 1 == 6', 3],
    ['[1, 2]', 10],
    ['{"a": 1}', 30],
    ['"0123456789".contains("0123456789")', 1],
    ['s.matches("[a-z]+")', 3],
    ['names.all(x, x != "")', 10],
    ['1 in [1, 2, 3]', 13],
    ['authorizer.path("/x").check("get").allowed()', 350_003],
  ])('%s is %d', (expression, cost) => {
    expect(spent(expression)).toBe(cost);
  });

  it('may not pass the budget', () => {
    expect(() => evaluate('names.all(x, x != "")', 9)).toThrow('operation cancelled: actual cost limit exceeded');
    expect(() => evaluate('false && names.all(x, x != "")', 0)).not.toThrow();
    expect(() => evaluate('names.all(x, x != "") || true', 5)).toThrow(
      'operation cancelled: actual cost limit exceeded',
    );
  });
});

describe('a hostile expression', () => {
  const ten = `[${'0,'.repeat(10)}]`;
  const doubled = (start: string, step: string, times: number): string => {
    let expression = start;
    for (let i = 0; i < times; i += 1) expression = `[${expression}].map(v, ${step})[0]`;
    return expression;
  };

  it.each([
    [
      'loops in loops',
      `${ten}.all(a, ${ten}.all(b, ${ten}.all(c, ${ten}.all(d, ${ten}.all(e, ${ten}.all(f, true))))))`,
    ],
    ['a list that doubles', `${doubled('[1]', 'v + v', 40)}.size() > 0`],
    ['a text that doubles', `${doubled('"x"', 'v + v', 40)}.size() > 0`],
    ['lists of the same list compared', `${doubled('[1]', '[v, v]', 40)} == ${doubled('[1]', '[v, v]', 40)}`],
    ['lists of the same list as text', `"%s".format([${doubled('[1]', '[v, v]', 40)}])`],
    [
      'a text that is joined',
      `[${'"x",'.repeat(100)}].map(a, ${doubled('"x"', 'v + v', 15)}).join(${doubled('"x"', 'v + v', 18)})`,
    ],
    [
      'optionals in optionals',
      Array.from({ length: 60 }).reduce<string>((inner) => `optional.of(${inner}).optMap(v, v).value()`, '1'),
    ],
    ['a replacement of nothing', `${doubled('"x"', 'v + v', 18)}.replace("", ${doubled('"x"', 'v + v', 18)})`],
  ])('with %s ends by its budget', (_name, expression) => {
    expect(() => evaluate(expression)).toThrow('operation cancelled: actual cost limit exceeded');
  });

  it('with a pattern that backtracking dies of ends at once', () => {
    expect(evaluate(`"${'a'.repeat(5_000)}b".matches("^(a+)+$")`)).toBe(false);
  });

  it.each([
    ['parentheses', `${'('.repeat(10_000)}1${')'.repeat(10_000)}`],
    ['lists', `${'['.repeat(10_000)}1${']'.repeat(10_000)}`],
    ['selections', `any${'.a'.repeat(30_000)}`],
    ['sums', `1${'+1'.repeat(30_000)}`],
    ['conditions', `${'true ? 1 : '.repeat(5_000)}1`],
    ['negations', `${'!-'.repeat(10_000)}1`],
  ])('that nests %s too deep is refused', (_name, expression) => {
    expect(() => environment.compile(expression)).toThrow(CelCompileError);
  });

  it('may be wide', () => {
    expect(evaluate(Array.from({ length: 5_000 }, () => 'true').join(' && '))).toBe(true);
  });

  it('may not be longer than 100000 characters', () => {
    expect(() => environment.compile(' '.repeat(100_001))).toThrow(
      'expression code point size exceeds limit: size: 100001, limit 100000',
    );
  });
});
