import type { CheckedExpression } from '../checker/checked-expression.ts';
import type { CostBudget } from '../cost/cost-budget.ts';
import { callCost, constructionCost, meteredStepCost } from '../cost/runtime-cost.ts';
import type { CelOverload } from '../library/cel-function.ts';
import { optionalEntry } from '../library/optional-functions.ts';
import type {
  CallExpression,
  ComprehensionExpression,
  Expression,
  ListExpression,
  Literal,
  MapExpression,
  SelectExpression,
  StructExpression,
} from '../syntax/expression.ts';
import { type CelValue, isOfType, OptionalValue, typeNameOf, UintValue } from '../values/cel-value.ts';
import { ListValue } from '../values/list-value.ts';
import { BuiltMap, isKey, keyId, MapValue } from '../values/map-value.ts';
import { ObjectValue } from '../values/object-value.ts';
import { CelRuntimeError, CostExceededError, noSuchOverload } from '../values/runtime-errors.ts';

/** What the variables of an expression are; a function is called once, when it is first needed. */
export type Activation = Readonly<Record<string, CelValue | (() => CelValue)>>;

/** Where a name of the environment is not a variable: types by name. */
export type Constants = ReadonlyMap<string, CelValue>;

/** A step that failed, kept as a value: `false && error` is false, and a loop may still come to that. */
class Failure {
  constructor(readonly error: CelRuntimeError) {}
}

interface Scope {
  readonly name: string;
  value: CelValue | Failure | Lazy;
  readonly outer: Scope | undefined;
}

/** A binding that is evaluated when it is first read. */
class Lazy {
  constructor(readonly compute: () => CelValue) {}
}

/** Evaluates one checked expression with one set of variables. */
export class Evaluator {
  private readonly known = new Map<string, CelValue>();
  private readonly meter = (): void => this.budget.spend(meteredStepCost);

  constructor(
    private readonly checked: CheckedExpression,
    private readonly activation: Activation,
    private readonly constants: Constants,
    private readonly budget: CostBudget,
  ) {}

  /** Throws `CelRuntimeError`, `CostExceededError`. */
  run(): CelValue {
    return this.evaluate(this.checked.root, undefined);
  }

  private evaluate(node: Expression, scope: Scope | undefined): CelValue {
    switch (node.kind) {
      case 'literal':
        return literalValue(node.literal);
      case 'ident':
        return this.variable(node, scope);
      case 'select':
        return this.select(node, scope);
      case 'call':
        return this.call(node, scope);
      case 'list':
        return this.list(node, scope);
      case 'map':
        return this.map(node, scope);
      case 'struct':
        return this.struct(node, scope);
      case 'comprehension':
        return this.comprehension(node, scope);
      default:
        return node satisfies never;
    }
  }

  private variable(node: Expression, scope: Scope | undefined): CelValue {
    this.budget.spend(1);
    const name = this.checked.variables.get(node.id) ?? '';
    const isGlobal = node.kind === 'ident' && node.name.startsWith('.');
    for (let local = isGlobal ? undefined : scope; local !== undefined; local = local.outer) {
      if (local.name === name) return localValue(local);
    }
    const known = this.known.get(name);
    if (known !== undefined) return known;
    const bound = this.activation[name];
    const value = typeof bound === 'function' ? bound() : bound === undefined ? this.constants.get(name) : bound;
    if (value === undefined) throw new CelRuntimeError(`no such attribute(s): ${name}`);
    this.known.set(name, value);
    return value;
  }

  private select(node: SelectExpression, scope: Scope | undefined): CelValue {
    if (this.checked.variables.has(node.id)) return this.variable(node, scope);
    const operand = this.evaluate(node.operand, scope);
    if (node.testOnly) return isSet(operand, node.field);
    this.budget.spend(1);
    return fieldOf(operand, node.field);
  }

  private call(node: CallExpression, scope: Scope | undefined): CelValue {
    switch (node.name) {
      case '_&&_':
        return this.logical(node, false, scope);
      case '_||_':
        return this.logical(node, true, scope);
      case '_?_:_':
        return this.conditional(node, scope);
      case '@not_strictly_false':
        return this.notStrictlyFalse(node, scope);
      case 'or':
      case 'orValue':
        return this.optionalOr(node, scope);
      default:
        return this.strictCall(node, scope);
    }
  }

  private strictCall(node: CallExpression, scope: Scope | undefined): CelValue {
    const { target, args } = node;
    const isMember = target !== undefined && !this.checked.namespaced.has(node.id);
    const values = (isMember ? [target, ...args] : args).map((arg) => this.evaluate(arg, scope));
    return this.invoke(node, values);
  }

  private invoke(node: CallExpression, values: readonly CelValue[]): CelValue {
    const overload = this.overloadFor(node, values);
    if (overload === undefined) throw noSuchOverload();
    this.budget.spend(callCost(overload, values));
    return overload.call(values, this.meter);
  }

  private overloadFor(node: CallExpression, values: readonly CelValue[]): CelOverload | undefined {
    const candidates = this.checked.overloads.get(node.id) ?? [];
    return candidates.find(({ args }) => args.every((type, index) => isOfType(values[index] as CelValue, type)));
  }

  /** `&&` and `||`: one deciding side is enough, even where the other fails. */
  private logical(node: CallExpression, deciding: boolean, scope: Scope | undefined): CelValue {
    const [left, right] = node.args as readonly [Expression, Expression];
    const first = this.attempt(left, scope);
    if (first === deciding) return deciding;
    const second = this.attempt(right, scope);
    if (second === deciding) return deciding;
    if (first instanceof Failure) throw first.error;
    if (second instanceof Failure) throw second.error;
    if (typeof first !== 'boolean' || typeof second !== 'boolean') throw noSuchOverload();
    return !deciding;
  }

  private conditional(node: CallExpression, scope: Scope | undefined): CelValue {
    const [condition, whenTrue, whenFalse] = node.args as readonly [Expression, Expression, Expression];
    const value = this.evaluate(condition, scope);
    if (typeof value !== 'boolean') throw noSuchOverload();
    return this.evaluate(value ? whenTrue : whenFalse, scope);
  }

  private notStrictlyFalse(node: CallExpression, scope: Scope | undefined): boolean {
    this.budget.spend(1);
    return this.attempt(node.args[0] as Expression, scope) !== false;
  }

  /** The other side is evaluated only where there is no value. */
  private optionalOr(node: CallExpression, scope: Scope | undefined): CelValue {
    const { target, args } = node;
    if (target === undefined || args.length !== 1) return this.strictCall(node, scope);
    const left = this.evaluate(target, scope);
    if (!(left instanceof OptionalValue)) throw noSuchOverload();
    this.budget.spend(1);
    if (left.value !== undefined) return node.name === 'or' ? left : left.value;
    return this.evaluate(args[0] as Expression, scope);
  }

  private list(node: ListExpression, scope: Scope | undefined): CelValue {
    this.budget.spend(constructionCost.list);
    const values: CelValue[] = [];
    for (const [index, element] of node.elements.entries()) {
      const value = this.evaluate(element, scope);
      const present = node.optional.has(index) ? presentValue(value) : value;
      if (present !== undefined) values.push(present);
    }
    return ListValue.of(values);
  }

  private map(node: MapExpression, scope: Scope | undefined): CelValue {
    this.budget.spend(constructionCost.map);
    const entries: [CelValue, CelValue][] = [];
    const seen = new Set<string>();
    for (const entry of node.entries) {
      const key = this.evaluate(entry.key, scope);
      if (!isKey(key)) throw new CelRuntimeError(`unsupported key type: ${typeNameOf(key)}`);
      const value = this.evaluate(entry.value, scope);
      const present = entry.optional ? presentValue(value) : value;
      if (present === undefined) continue;
      if (seen.has(keyId(key))) throw new CelRuntimeError(`Failed with repeated key`);
      seen.add(keyId(key));
      entries.push([key, present]);
    }
    return new BuiltMap(entries);
  }

  private struct(node: StructExpression, scope: Scope | undefined): CelValue {
    this.budget.spend(constructionCost.struct);
    const fields = new Map<string, CelValue>();
    for (const { name, value, optional } of node.fields) {
      const evaluated = this.evaluate(value, scope);
      const present = optional ? presentValue(evaluated) : evaluated;
      if (present !== undefined) fields.set(name, present);
    }
    return new ObjectValue(
      node.typeName,
      () => fields.keys(),
      (name) => fields.get(name),
    );
  }

  private comprehension(node: ComprehensionExpression, scope: Scope | undefined): CelValue {
    const range = this.evaluate(node.range, scope);
    const init = new Lazy(() => this.evaluate(node.init, scope));
    const accumulator: Scope = { name: node.accumulator, value: init, outer: scope };
    for (const [key, value] of iterate(range, node.variable2 !== undefined)) {
      const first: Scope = { name: node.variable, value: key, outer: accumulator };
      const inner = node.variable2 === undefined ? first : { name: node.variable2, value, outer: first };
      if (this.evaluate(node.condition, inner) === false) break;
      accumulator.value = this.attempt(node.step, inner);
    }
    return this.evaluate(node.result, accumulator);
  }

  private attempt(node: Expression, scope: Scope | undefined): CelValue | Failure {
    try {
      return this.evaluate(node, scope);
    } catch (error) {
      if (error instanceof CelRuntimeError && !(error instanceof CostExceededError)) return new Failure(error);
      throw error;
    }
  }
}

function localValue(local: Scope): CelValue {
  if (local.value instanceof Lazy) local.value = local.value.compute();
  if (local.value instanceof Failure) throw local.value.error;
  return local.value;
}

function literalValue(literal: Literal): CelValue {
  return literal.type === 'uint' ? new UintValue(literal.value) : literal.value;
}

/** What `has()` says. */
function isSet(operand: CelValue, field: string): boolean {
  if (operand instanceof MapValue) return operand.has(field);
  if (operand instanceof ObjectValue) return operand.get(field) !== undefined;
  if (operand instanceof OptionalValue) return operand.value !== undefined && isSet(operand.value, field);
  throw noSuchOverload();
}

function fieldOf(operand: CelValue, field: string): CelValue {
  if (operand instanceof OptionalValue) return optionalEntry(operand, field);
  if (!(operand instanceof MapValue) && !(operand instanceof ObjectValue)) throw noSuchOverload();
  const value = operand.get(field);
  if (value === undefined) throw new CelRuntimeError(`no such key: ${field}`);
  return value;
}

function presentValue(value: CelValue): CelValue | undefined {
  if (!(value instanceof OptionalValue))
    throw new CelRuntimeError(`cannot initialize optional list element from non-optional value ${typeNameOf(value)}`);
  return value.value;
}

/** Elements of a list, keys of a map; with `pairs` also what belongs to the index or the key. */
function* iterate(range: CelValue, pairs: boolean): Iterable<readonly [CelValue, CelValue]> {
  if (range instanceof ListValue) {
    let index = 0n;
    for (const value of range) yield pairs ? [index++, value] : [value, value];
  } else if (range instanceof MapValue) {
    for (const key of range.keys()) yield [key, pairs ? (range.get(key) as CelValue) : key];
  } else {
    throw noSuchOverload();
  }
}
