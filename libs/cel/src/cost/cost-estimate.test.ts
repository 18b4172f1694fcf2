import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { parse } from 'yaml';
import { CelEnvironment } from '../environment.ts';
import type { CelSchema } from '../schema/cel-schema.ts';
import { typeOfSchema } from '../schema/schema-type.ts';
import { types } from '../types/cel-type.ts';

type Case = [CelSchema, string, number];

const file = new URL('./testdata/estimates.yaml', import.meta.url);
const cases = (parse(readFileSync(file, 'utf8')) as Case[]).map(([schema, rule, cost]) => ({ schema, rule, cost }));

describe('the estimated cost', () => {
  it.each(cases)('of $rule for $schema is $cost', ({ schema, rule, cost }) => {
    const environment = CelEnvironment.kubernetes.with({ self: typeOfSchema(schema) ?? types.dyn });
    expect(environment.compile(rule).estimateCost().max).toBe(cost);
  });

  it('has no end where sizes are not known', () => {
    const environment = CelEnvironment.kubernetes.with({ object: types.dyn });
    expect(environment.compile('object.items.all(x, true)').estimateCost()).toEqual({ min: 2, max: Infinity });
  });
});
