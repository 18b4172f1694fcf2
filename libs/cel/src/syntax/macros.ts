import { accumulatorName, type ComprehensionExpression, type Expression, type SelectExpression } from './expression.ts';
import type { NodeBuilder } from './node-builder.ts';

/** A call as it stands in the source. */
export interface MacroCall {
  readonly offset: number;
  readonly name: string;
  readonly target: Expression | undefined;
  readonly args: readonly Expression[];
}

/** The arguments do not fit the macro. */
export class MacroError extends Error {
  override readonly name = 'MacroError';

  constructor(
    readonly offset: number,
    message: string,
  ) {
    super(message);
  }
}

/** What the call stands for, or `undefined` where it is no macro. Throws `MacroError`. */
export function expandMacro(call: MacroCall, build: NodeBuilder): Expression | undefined {
  const { name, target, args } = call;
  if (target === undefined) return name === 'has' && args.length === 1 ? has(call, build) : undefined;
  switch (`${name}/${args.length}`) {
    case 'all/2':
    case 'all/3':
    case 'exists/2':
    case 'exists/3':
    case 'exists_one/2':
    case 'existsOne/2':
    case 'exists_one/3':
    case 'existsOne/3':
      return quantifier(call, target, build);
    case 'map/2':
    case 'map/3':
    case 'filter/2':
      return collect(call, target, build);
    case 'transformList/3':
    case 'transformList/4':
    case 'transformMap/3':
    case 'transformMap/4':
    case 'transformMapEntry/3':
    case 'transformMapEntry/4':
      return transform(call, target, build);
    case 'optMap/2':
    case 'optFlatMap/2':
      return mapOptional(call, target, build);
    default:
      return undefined;
  }
}

function has({ offset, args }: MacroCall, build: NodeBuilder): Expression {
  const [argument] = args;
  if (argument?.kind !== 'select' || argument.testOnly) {
    throw new MacroError(argument?.offset ?? offset, 'invalid argument to has() macro');
  }
  const { operand, field } = argument;
  return build.node<SelectExpression>({ kind: 'select', offset, operand, field, testOnly: true }, [operand]);
}

interface Loop {
  readonly init: Expression;
  readonly condition: Expression;
  readonly step: Expression;
  readonly result: Expression;
}

function quantifier(call: MacroCall, target: Expression, build: NodeBuilder): Expression {
  const predicate = call.args[call.args.length - 1] as Expression;
  return comprehension(
    call,
    target,
    variablesOf(call.args.slice(0, -1)),
    quantifierLoop(call, predicate, build),
    build,
  );
}

function quantifierLoop({ offset, name }: MacroCall, predicate: Expression, build: NodeBuilder): Loop {
  const result = (): Expression => build.ident(offset, accumulatorName);
  const proceed = (condition: Expression): Expression => build.call(offset, '@not_strictly_false', condition);
  switch (name) {
    case 'all':
      return {
        init: build.literal(offset, { type: 'bool', value: true }),
        condition: proceed(result()),
        step: build.call(offset, '_&&_', result(), predicate),
        result: result(),
      };
    case 'exists':
      return {
        init: build.literal(offset, { type: 'bool', value: false }),
        condition: proceed(build.call(offset, '!_', result())),
        step: build.call(offset, '_||_', result(), predicate),
        result: result(),
      };
    default: {
      const one = (): Expression => build.literal(offset, { type: 'int', value: 1n });
      return {
        init: build.literal(offset, { type: 'int', value: 0n }),
        condition: build.literal(offset, { type: 'bool', value: true }),
        step: build.call(offset, '_?_:_', predicate, build.call(offset, '_+_', result(), one()), result()),
        result: build.call(offset, '_==_', result(), one()),
      };
    }
  }
}

function collect(call: MacroCall, target: Expression, build: NodeBuilder): Expression {
  const { offset, name, args } = call;
  const [variable, first] = args as readonly [Expression, Expression];
  const accumulator = (): Expression => build.ident(offset, accumulatorName);
  const element = name === 'filter' ? variable : (args[args.length - 1] as Expression);
  const filter = name === 'filter' || args.length === 3 ? first : undefined;
  const append = build.call(offset, '_+_', accumulator(), build.list(offset, [element]));
  return comprehension(
    call,
    target,
    variablesOf([variable]),
    {
      init: build.list(offset, []),
      condition: build.literal(offset, { type: 'bool', value: true }),
      step: filter === undefined ? append : build.call(offset, '_?_:_', filter, append, accumulator()),
      result: accumulator(),
    },
    build,
  );
}

function transform(call: MacroCall, target: Expression, build: NodeBuilder): Expression {
  const { offset, name, args } = call;
  const [first, second] = args as readonly [Expression, Expression];
  const filter = args.length === 4 ? args[2] : undefined;
  const value = args[args.length - 1] as Expression;
  const accumulator = (): Expression => build.ident(offset, accumulatorName);
  const add = (): Expression => {
    if (name === 'transformList') return build.call(offset, '_+_', accumulator(), build.list(offset, [value]));
    if (name === 'transformMapEntry') return build.call(offset, 'cel.@mapInsert', accumulator(), value);
    return build.call(offset, 'cel.@mapInsert', accumulator(), first, value);
  };
  const step = add();
  return comprehension(
    call,
    target,
    variablesOf([first, second]),
    {
      init: name === 'transformList' ? build.list(offset, []) : build.node({ kind: 'map', offset, entries: [] }),
      condition: build.literal(offset, { type: 'bool', value: true }),
      step: filter === undefined ? step : build.call(offset, '_?_:_', filter, step, accumulator()),
      result: accumulator(),
    },
    build,
  );
}

/** `target.optMap(v, expr)`: the value is bound to `v` by a comprehension over nothing. */
function mapOptional(call: MacroCall, target: Expression, build: NodeBuilder): Expression {
  const { offset, name, args } = call;
  const [variable = ''] = variablesOf(args.slice(0, 1));
  const expression = args[1] as Expression;
  const bound = build.node<ComprehensionExpression>(
    {
      kind: 'comprehension',
      offset,
      range: build.list(offset, []),
      variable: '#unused',
      variable2: undefined,
      accumulator: variable,
      init: build.method(offset, target, 'value'),
      condition: build.literal(offset, { type: 'bool', value: false }),
      step: build.ident(offset, variable),
      result: expression,
    },
    [target, expression],
  );
  const some = name === 'optMap' ? build.call(offset, 'optional.of', bound) : bound;
  return build.call(
    offset,
    '_?_:_',
    build.method(offset, target, 'hasValue'),
    some,
    build.call(offset, 'optional.none'),
  );
}

function comprehension(
  { offset }: MacroCall,
  range: Expression,
  [variable = '', variable2]: readonly string[],
  loop: Loop,
  build: NodeBuilder,
): Expression {
  const { init, condition, step, result } = loop;
  return build.node<ComprehensionExpression>(
    { kind: 'comprehension', offset, range, variable, variable2, accumulator: accumulatorName, ...loop },
    [range, init, condition, step, result],
  );
}

function variablesOf(args: readonly Expression[]): string[] {
  const names = args.map((arg) => {
    if (arg.kind !== 'ident') throw new MacroError(arg.offset, 'argument must be a simple name');
    if (arg.name === accumulatorName)
      throw new MacroError(arg.offset, 'iteration variable overwrites accumulator variable');
    return arg.name;
  });
  if (names.length === 2 && names[0] === names[1]) {
    throw new MacroError(args[1]?.offset ?? 0, `duplicate variable name: ${names[0]}`);
  }
  return names;
}
