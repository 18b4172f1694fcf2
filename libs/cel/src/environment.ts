import { check } from './checker/checker.ts';
import { FunctionTable } from './checker/function-table.ts';
import { checkLiterals } from './checker/literal-checks.ts';
import { CompiledExpression } from './compiled-expression.ts';
import type { CelLibrary } from './library/cel-function.ts';
import { kubernetesLibraries } from './library/kubernetes-libraries.ts';
import { CelCompileError } from './syntax/cel-issue.ts';
import { parse } from './syntax/parser.ts';
import { type CelType, openObjectType, runtimeTypeText, types, typeText } from './types/cel-type.ts';
import { TypeValue } from './values/cel-value.ts';

/** What `compile` asks of an expression beyond being correct. */
export interface CompileOptions {
  /** Types of which the result must have exactly one; `dyn` is none of them unless it is listed. Default: any. */
  readonly results?: readonly CelType[];
}

/** The expression compiles, but its result has the wrong type: `must evaluate to bool but got dyn`. */
export class CelResultTypeError extends Error {
  override readonly name = 'CelResultTypeError';

  constructor(
    readonly expression: string,
    readonly wanted: readonly CelType[],
    readonly found: CelType,
  ) {
    const names = wanted.map(runtimeTypeText);
    const expected = names.length === 1 ? names[0] : `one of [${names.join(' ')}]`;
    super(`must evaluate to ${expected} but got ${runtimeTypeText(found)}`);
  }
}

interface Declarations {
  readonly functions: FunctionTable;
  readonly variables: ReadonlyMap<string, CelType>;
  readonly structs: ReadonlyMap<string, CelType>;
}

const typeNames: readonly (readonly [string, CelType])[] = [
  ['bool', types.bool],
  ['int', types.int],
  ['uint', types.uint],
  ['double', types.double],
  ['string', types.string],
  ['bytes', types.bytes],
  ['list', types.list(types.dyn)],
  ['map', types.map(types.dyn, types.dyn)],
  ['null_type', types.null],
  ['type', types.type()],
  ['optional_type', types.optional(types.dyn)],
  ['google.protobuf.Timestamp', types.timestamp],
  ['google.protobuf.Duration', types.duration],
];
const typeConstants = new Map(typeNames.map(([name]) => [name, new TypeValue(name)]));
const typeVariables = new Map(typeNames.map(([name, type]) => [name, types.type(type)]));

/** What expressions may name: variables, functions and types. Immutable. */
export class CelEnvironment {
  private constructor(private readonly declared: Declarations) {}

  /** Kubernetes' libraries and no variables. */
  static readonly kubernetes = new CelEnvironment({
    functions: new FunctionTable(kubernetesLibraries),
    variables: new Map(),
    structs: new Map(),
  });

  /** The same with more variables, by name: `object`, `oldObject`, also with dots (`authorizer.requestResource`). */
  with(variables: Readonly<Record<string, CelType>>): CelEnvironment {
    return new CelEnvironment({
      ...this.declared,
      variables: new Map([...this.declared.variables, ...Object.entries(variables)]),
    });
  }

  withLibrary(library: CelLibrary): CelEnvironment {
    const functions = new FunctionTable([...this.declared.functions.overloads, ...library]);
    return new CelEnvironment({ ...this.declared, functions });
  }

  /** Types that expressions may construct: `JSONPatch{op: "add", …}`. An open type allows the names below it too: `Object.spec{…}`. */
  withStructs(structs: Readonly<Record<string, CelType>>): CelEnvironment {
    return new CelEnvironment({
      ...this.declared,
      structs: new Map([...this.declared.structs, ...Object.entries(structs)]),
    });
  }

  variable(name: string): CelType | undefined {
    return this.declared.variables.get(name);
  }

  /** Throws `CelCompileError`, or `CelResultTypeError` where only the type of the result is wrong. */
  compile(expression: string, { results }: CompileOptions = {}): CompiledExpression {
    const { functions, variables, structs } = this.declared;
    const root = parse(expression);
    const checked = check(expression, root, {
      functions,
      variable: (name) => variables.get(name) ?? typeVariables.get(name),
      structType: (name) => structs.get(name) ?? openStruct(name, structs),
    });
    const issues = checkLiterals(root);
    if (issues.length > 0) throw new CelCompileError(expression, issues);
    const compiled = new CompiledExpression(expression, checked, typeConstants);
    const { resultType } = compiled;
    if (results !== undefined && !results.some((type) => typeText(type) === typeText(resultType))) {
      throw new CelResultTypeError(expression, results, resultType);
    }
    return compiled;
  }
}

function openStruct(name: string, structs: ReadonlyMap<string, CelType>): CelType | undefined {
  const root = structs.get(name.split('.')[0] ?? '');
  return root?.kind === 'object' && root.open ? openObjectType(name) : undefined;
}
