import type { ValidationRule } from '@orrery/api';
import {
  CelCompileError,
  CelEnvironment,
  CelResultTypeError,
  type CompiledExpression,
  typeOfSchema,
  types,
} from '@orrery/cel';
import { celSchemaOf, isEmbedded, type Schema } from '../schema/schema-node.ts';

/** One rule of a schema, ready to run, or why it is not. */
export interface CompiledRule {
  readonly rule: ValidationRule;
  readonly program: CompiledExpression | undefined;
  readonly problem: string | undefined;
  readonly message: CompiledExpression | undefined;
  readonly messageProblem: string | undefined;
  readonly usesOldSelf: boolean;
}

/** Compiles the rules of one node of a schema. `isRoot`: the node is a whole object of the API. */
export function compileRules(schema: Schema, isRoot: boolean): CompiledRule[] {
  const rules = schema['x-kubernetes-validations'] ?? [];
  if (rules.length === 0) return [];
  const self = typeOfSchema(celSchemaOf(schema), { isRoot: isRoot || isEmbedded(schema) });
  if (self === undefined) return [];
  return rules.map((rule) => {
    const oldSelf = rule.optionalOldSelf ? types.optional(self) : self;
    const environment = CelEnvironment.kubernetes.with({ self, oldSelf });
    const { program, problem } = tryCompile(environment, rule.rule, 'bool');
    const { program: message, problem: messageProblem } = rule.messageExpression
      ? tryCompile(environment, rule.messageExpression, 'string')
      : {};
    return {
      rule,
      program,
      problem,
      message,
      messageProblem,
      usesOldSelf: program?.variables().has('oldSelf') ?? false,
    };
  });
}

function tryCompile(
  environment: CelEnvironment,
  expression: string,
  result: 'bool' | 'string',
): { program: CompiledExpression | undefined; problem: string | undefined } {
  try {
    return { program: environment.compile(expression, { results: [types[result]] }), problem: undefined };
  } catch (error) {
    if (error instanceof CelResultTypeError) {
      const problem =
        result === 'bool' ? 'cel expression must evaluate to a bool' : 'messageExpression must evaluate to a string';
      return { program: undefined, problem };
    }
    if (!(error instanceof CelCompileError)) throw error;
    const subject = result === 'bool' ? '' : 'messageExpression ';
    return { program: undefined, problem: `${subject}compilation failed: ${error.message}` };
  }
}
