import type { CheckedExpression } from '../checker/checked-expression.ts';
import { lengthOf } from '../library/conversions.ts';
import type { CallExpression, ComprehensionExpression, Expression, Literal } from '../syntax/expression.ts';
import { type CelType, types } from '../types/cel-type.ts';
import { type CallArguments, estimateCall, type Operand } from './call-estimate.ts';
import { constructionCost } from './runtime-cost.ts';
import { add, exactly, multiply, type Range, union, unknownRange, zero } from './size-range.ts';

/** Costs of one evaluation in cel-go's units; `max` is `Infinity` where the sizes of the variables are not bounded. */
export type CostEstimate = Range;

/** What is known of a node before anything runs. */
interface Estimate extends Operand {
  readonly cost: Range;
}

const ident = exactly(1);

/**
 * cel-go's estimate, with Kubernetes' costs of its own functions: which rules a CustomResourceDefinition may have depends on it, so every number
 * is upstream's.
 */
export function estimateCost(checked: CheckedExpression): CostEstimate {
  return new Estimator(checked).estimate(checked.root).cost;
}

class Estimator {
  private readonly locals: { name: string; operand: Operand }[] = [];
  private readonly known = new Map<number, Estimate>();

  constructor(private readonly checked: CheckedExpression) {}

  /** A macro may use a part of its call twice: estimated once. */
  estimate(node: Expression): Estimate {
    const known = this.known.get(node.id) ?? this.compute(node);
    this.known.set(node.id, known);
    return known;
  }

  private compute(node: Expression): Estimate {
    switch (node.kind) {
      case 'literal':
        return { cost: zero, size: exactly(literalSize(node.literal)) };
      case 'ident':
        return this.variable(node.name.replace(/^\./, ''), node);
      case 'select':
        return this.select(node);
      case 'call':
        return this.call(node);
      case 'list': {
        const elements = node.elements.map((element) => this.estimate(element));
        const element = elements
          .map(sizeOf)
          .reduce(union, elements.length === 0 ? zero : { min: Number.POSITIVE_INFINITY, max: 0 });
        return { cost: add(costs(elements), exactly(constructionCost.list)), size: exactly(elements.length), element };
      }
      case 'map': {
        const entries = node.entries.flatMap(({ key, value }) => [this.estimate(key), this.estimate(value)]);
        return { cost: add(costs(entries), exactly(constructionCost.map)), size: exactly(node.entries.length) };
      }
      case 'struct': {
        const fields = node.fields.map(({ value }) => this.estimate(value));
        return { cost: add(costs(fields), exactly(constructionCost.struct)) };
      }
      case 'comprehension':
        return isBinding(node) ? this.binding(node) : this.comprehension(node);
      default:
        return node satisfies never;
    }
  }

  private variable(name: string, node: Expression): Estimate {
    const local = this.locals.findLast((known) => known.name === name);
    if (local !== undefined) return { ...local.operand, cost: ident };
    return this.declared(this.typeOf(node), ident);
  }

  private select(node: Extract<Expression, { kind: 'select' }>): Estimate {
    if (this.checked.variables.has(node.id)) return this.declared(this.typeOf(node), ident);
    const operand = this.estimate(node.operand);
    if (node.testOnly) return { cost: operand.cost, size: exactly(1) };
    const hasCost = ['map', 'object', 'parameter'].includes(this.typeOf(node.operand).kind);
    const cost = hasCost ? add(operand.cost, ident) : operand.cost;
    const { declared } = operand;
    // Upstream looks up bounds behind `map[key]`, not behind `map.key`.
    const type = declared?.kind === 'object' ? declared.fields.get(node.field) : undefined;
    return type === undefined ? { cost, size: scalarSize(this.typeOf(node)) } : this.declared(type, cost);
  }

  /** What comes from a variable is as large as its declared type allows. */
  private declared(type: CelType, cost: Range): Estimate {
    return { cost, declared: type, size: declaredSize(type) };
  }

  private call(node: CallExpression): Estimate {
    const { name, args } = node;
    const isMember = node.target !== undefined && !this.checked.namespaced.has(node.id);
    const target = isMember ? this.estimate(node.target) : undefined;
    const operands = args.map((arg) => this.estimate(arg));
    const argCost = add(costs(operands), target?.cost ?? zero);
    const [first, second, third] = operands;
    switch (name) {
      case '_&&_':
      case '_||_':
        return { cost: { min: first?.cost.min ?? 0, max: argCost.max }, size: exactly(1) };
      case '_?_:_': {
        const cost = add(first?.cost ?? zero, union(second?.cost ?? zero, third?.cost ?? zero));
        return { cost, size: union(sizeOf(second), sizeOf(third)) };
      }
      case 'dyn':
        return { ...(first as Estimate), cost: add(argCost, ident) };
      default:
        return this.strictCall(node, { target, args: operands }, argCost);
    }
  }

  private strictCall(node: CallExpression, call: CallArguments, argCost: Range): Estimate {
    const overloads = this.checked.overloads.get(node.id) ?? [];
    let cost: Range = { min: Number.POSITIVE_INFINITY, max: 0 };
    let size: Range | undefined;
    for (const overload of overloads) {
      const estimate = estimateCall(overload, call);
      cost = union(cost, estimate.cost);
      if (estimate.size !== undefined) size = size === undefined ? estimate.size : union(size, estimate.size);
    }
    const total = add(argCost, overloads.length === 0 ? zero : cost);
    const [container] = call.args;
    if (node.name === '_[_]' && container !== undefined) return this.indexed(container, node, total);
    const element = node.name === '_+_' ? joinedElement(call.args) : undefined;
    return { cost: total, size: size ?? scalarSize(this.typeOf(node)), ...(element !== undefined && { element }) };
  }

  private indexed({ declared, element }: Operand, node: Expression, cost: Range): Estimate {
    if (declared?.kind === 'list') return this.declared(declared.element, cost);
    if (declared?.kind === 'map') return this.declared(declared.value, cost);
    return { cost, size: element ?? scalarSize(this.typeOf(node)) };
  }

  private comprehension(node: ComprehensionExpression): Estimate {
    const range = this.estimate(node.range);
    const init = this.estimate(node.init);
    this.locals.push({ name: node.accumulator, operand: { size: init.size } }, ...this.iterationVariables(node, range));
    const condition = this.estimate(node.condition);
    const step = this.estimate(node.step);
    this.locals.length -= node.variable2 === undefined ? 1 : 2;
    const result = this.estimate(node.result);
    this.locals.pop();
    const count = sizeOf(range);
    const loop = multiply(count, add(condition.cost, step.cost));
    const cost = add(range.cost, init.cost, result.cost, loop);
    if (node.init.kind === 'list' || node.init.kind === 'map')
      return { cost, size: count, ...(step.element && { element: step.element }) };
    return { cost, size: scalarSize(this.typeOf(node)) ?? init.size };
  }

  private iterationVariables(
    { variable, variable2 }: ComprehensionExpression,
    range: Operand,
  ): { name: string; operand: Operand }[] {
    const { declared, element } = range;
    const plain = (size: Range | undefined): Operand => ({ size });
    const known = (type: CelType): Operand => ({ declared: type, size: declaredSize(type) });
    const key = declared?.kind === 'map' ? known(declared.key) : plain(undefined);
    const value =
      declared?.kind === 'list'
        ? known(declared.element)
        : declared?.kind === 'map'
          ? known(declared.value)
          : plain(element);
    if (variable2 !== undefined)
      return [
        { name: variable, operand: key },
        { name: variable2, operand: value },
      ];
    return [{ name: variable, operand: declared?.kind === 'map' ? key : value }];
  }

  private binding(node: ComprehensionExpression): Estimate {
    const range = this.estimate(node.range);
    const init = this.estimate(node.init);
    this.locals.push({ name: node.accumulator, operand: init });
    const result = this.estimate(node.result);
    this.locals.pop();
    return { ...result, cost: add(range.cost, init.cost, result.cost) };
  }

  private typeOf(node: Expression): CelType {
    return this.checked.types.get(node.id) ?? types.dyn;
  }
}

/** `optMap` and its like bind a name by a loop over nothing. */
function isBinding({ range, condition }: ComprehensionExpression): boolean {
  return (
    range.kind === 'list' &&
    range.elements.length === 0 &&
    condition.kind === 'literal' &&
    condition.literal.value === false
  );
}

function costs(estimates: readonly Estimate[]): Range {
  return add(...estimates.map(({ cost }) => cost));
}

function sizeOf(operand: Operand | undefined): Range {
  return operand?.size ?? unknownRange;
}

function joinedElement(args: readonly Operand[]): Range | undefined {
  const [left, right] = args;
  return left?.element === undefined || right?.element === undefined ? undefined : union(left.element, right.element);
}

function literalSize({ type, value }: Literal): number {
  if (type === 'string') return lengthOf(value);
  return type === 'bytes' ? value.length : 1;
}

function declaredSize(type: CelType): Range {
  switch (type.kind) {
    case 'list':
    case 'map':
      return { min: 0, max: type.countMax ?? Number.POSITIVE_INFINITY };
    case 'string':
    case 'bytes':
      return { min: 0, max: type.lengthMax ?? Number.POSITIVE_INFINITY };
    case 'dyn':
      return { min: 0, max: type.lengthMax ?? Number.POSITIVE_INFINITY };
    default:
      // Upstream counts nothing for numbers, bools and objects that a schema declares.
      return { min: 0, max: 'lengthMax' in type ? (type.lengthMax ?? 0) : 0 };
  }
}

function scalarSize(type: CelType): Range | undefined {
  return ['bool', 'int', 'uint', 'double', 'timestamp', 'duration', 'opaque'].includes(type.kind)
    ? exactly(1)
    : undefined;
}
