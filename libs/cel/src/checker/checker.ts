import type { CelOverload } from '../library/cel-function.ts';
import { CelCompileError, type CelIssue } from '../syntax/cel-issue.ts';
import type {
  CallExpression,
  ComprehensionExpression,
  Expression,
  IdentExpression,
  ListExpression,
  Literal,
  MapExpression,
  SelectExpression,
  StructExpression,
} from '../syntax/expression.ts';
import { type CelType, fieldType, types, typeText } from '../types/cel-type.ts';
import { isDynamic, TypeBindings } from '../types/type-bindings.ts';
import type { CheckedExpression } from './checked-expression.ts';
import type { FunctionTable } from './function-table.ts';

/** What names mean to the checker. */
export interface CheckerScope {
  readonly functions: FunctionTable;
  /** The type of a variable, or `type(T)` for the name of a type. */
  variable(name: string): CelType | undefined;
  /** The type that a struct literal of that name makes. */
  structType(name: string): CelType | undefined;
}

/** Finds the type of each node. Throws `CelCompileError` with everything that does not fit. */
export function check(source: string, root: Expression, scope: CheckerScope): CheckedExpression {
  return new Checker(source, scope).check(root);
}

class Checker {
  private readonly issues: CelIssue[] = [];
  private readonly types = new Map<number, CelType>();
  private readonly overloads = new Map<number, readonly CelOverload[]>();
  private readonly variables = new Map<number, string>();
  private readonly namespaced = new Set<number>();
  private readonly bindings = new TypeBindings();
  private readonly locals: Map<string, CelType>[] = [];
  private mixesTypes = false;

  constructor(
    private readonly source: string,
    private readonly scope: CheckerScope,
  ) {}

  check(root: Expression): CheckedExpression {
    this.typeOf(root);
    if (this.issues.length > 0) throw new CelCompileError(this.source, this.issues);
    const resolved = new Map([...this.types].map(([id, type]) => [id, this.bindings.resolve(type, true)]));
    const { overloads, variables, namespaced } = this;
    return { root, types: resolved, overloads, variables, namespaced };
  }

  /** A macro may use a part of its call twice: checked once, or nested macros would take time without end. */
  private typeOf(node: Expression): CelType {
    const known = this.types.get(node.id);
    if (known !== undefined) return known;
    const type = this.infer(node);
    this.types.set(node.id, type);
    return type;
  }

  private infer(node: Expression): CelType {
    switch (node.kind) {
      case 'literal':
        return literalType(node.literal);
      case 'ident':
        return this.ident(node);
      case 'select':
        return this.select(node);
      case 'call':
        return this.call(node);
      case 'list':
        return this.list(node);
      case 'map':
        return this.map(node);
      case 'struct':
        return this.struct(node);
      case 'comprehension':
        return this.comprehension(node);
      default:
        return node satisfies never;
    }
  }

  private ident(node: IdentExpression): CelType {
    const global = node.name.startsWith('.');
    const name = global ? node.name.slice(1) : node.name;
    const type = (global ? undefined : this.local(name)) ?? this.scope.variable(name);
    if (type === undefined) return this.undeclared(node.offset, name);
    this.variables.set(node.id, name);
    return type;
  }

  private select(node: SelectExpression): CelType {
    const qualified = node.testOnly ? undefined : this.qualifiedVariable(node);
    if (qualified !== undefined) {
      this.variables.set(node.id, qualified.name);
      return qualified.type;
    }
    const found = this.field(node, this.bindings.resolve(this.typeOf(node.operand)));
    return node.testOnly ? types.bool : found;
  }

  private field(node: SelectExpression, operand: CelType): CelType {
    switch (operand.kind) {
      case 'dyn':
      case 'error':
      case 'parameter':
        return types.dyn;
      case 'map':
        return operand.value;
      case 'optional':
        return types.optional(this.field(node, this.bindings.resolve(operand.element)));
      case 'object': {
        const type = fieldType(operand, node.field);
        if (type !== undefined) return type;
        return this.issue(node.offset, `undefined field '${node.field}'`);
      }
      default:
        return this.issue(node.offset, `type '${typeText(operand)}' does not support field selection`);
    }
  }

  /** A variable whose name has dots in it. */
  private qualifiedVariable(node: SelectExpression): { name: string; type: CelType } | undefined {
    const name = qualifiedName(node);
    if (name === undefined || this.local(name.split('.')[0] ?? '') !== undefined) return undefined;
    const type = this.scope.variable(name);
    return type === undefined ? undefined : { name, type };
  }

  private call(node: CallExpression): CelType {
    const { name, target, args } = node;
    if (name === '_?._') return this.optionalSelect(node);
    if (target === undefined) return this.callOf(node, name, args, false);
    const prefix = qualifiedName(target);
    if (prefix !== undefined && this.scope.functions.of(`${prefix}.${name}`, false).length > 0) {
      this.namespaced.add(node.id);
      return this.callOf(node, `${prefix}.${name}`, args, false);
    }
    return this.callOf(node, name, [target, ...args], true);
  }

  private callOf(node: CallExpression, name: string, args: readonly Expression[], member: boolean): CelType {
    const argTypes = this.argTypes(name, args);
    if (!this.scope.functions.has(name)) return this.undeclared(node.offset, name);
    const fitting: CelOverload[] = [];
    let result: CelType | undefined;
    for (const overload of this.scope.functions.of(name, member)) {
      if (overload.args.length !== args.length) continue;
      const { args: wanted, result: type } = this.instance(overload);
      if (!this.bindings.assignAll(wanted, argTypes)) continue;
      fitting.push(overload);
      const resolved = this.bindings.resolve(type);
      result = result === undefined || sameType(result, resolved) ? resolved : types.dyn;
    }
    if (result === undefined) return this.issue(node.offset, this.noOverload(name, argTypes, member));
    this.overloads.set(node.id, fitting);
    return result;
  }

  /** What is formatted may be of any type, without `dyn()` around it. */
  private argTypes(name: string, args: readonly Expression[]): CelType[] {
    const before = this.mixesTypes;
    this.mixesTypes ||= name === 'format';
    const found = args.map((arg) => this.typeOf(arg));
    this.mixesTypes = before;
    return found;
  }

  /** The overload with parameters of its own. */
  private instance({ args, result }: CelOverload): { args: readonly CelType[]; result: CelType } {
    const fresh = new Map<string, CelType>();
    const replace = (type: CelType): CelType => {
      switch (type.kind) {
        case 'parameter': {
          const known = fresh.get(type.name) ?? this.bindings.fresh();
          fresh.set(type.name, known);
          return known;
        }
        case 'list':
          return types.list(replace(type.element));
        case 'map':
          return types.map(replace(type.key), replace(type.value));
        case 'optional':
          return types.optional(replace(type.element));
        case 'type':
          return types.type(replace(type.of));
        default:
          return type;
      }
    };
    return { args: args.map(replace), result: replace(result) };
  }

  private noOverload(name: string, argTypes: readonly CelType[], member: boolean): string {
    const texts = argTypes.map((type) => typeText(this.bindings.resolve(type, true)));
    const signature = member ? `${texts[0]}.(${texts.slice(1).join(', ')})` : `(${texts.join(', ')})`;
    return `found no matching overload for '${name}' applied to '${signature}'`;
  }

  private optionalSelect(node: CallExpression): CelType {
    const [operand, field] = node.args as readonly [Expression, Expression];
    this.typeOf(field);
    const name = field.kind === 'literal' && field.literal.type === 'string' ? field.literal.value : '';
    const operandType = this.bindings.resolve(this.typeOf(operand));
    const inner = operandType.kind === 'optional' ? this.bindings.resolve(operandType.element) : operandType;
    const select = { ...node, kind: 'select', operand, field: name, testOnly: false } as const;
    this.overloads.set(node.id, this.scope.functions.of('_?._', false));
    return types.optional(this.field(select, inner));
  }

  private list(node: ListExpression): CelType {
    let element: CelType | undefined;
    for (const [index, item] of node.elements.entries()) {
      const type = this.unwrapped(item, this.typeOf(item), node.optional.has(index));
      element = this.joined(item, element, type);
    }
    return types.list(element ?? this.bindings.fresh());
  }

  private map(node: MapExpression): CelType {
    let key: CelType | undefined;
    let value: CelType | undefined;
    for (const entry of node.entries) {
      key = this.joined(entry.key, key, this.keyType(entry.key));
      value = this.joined(entry.value, value, this.unwrapped(entry.value, this.typeOf(entry.value), entry.optional));
    }
    return types.map(key ?? this.bindings.fresh(), value ?? this.bindings.fresh());
  }

  /** Containers cannot be keys: said here, so that types do not grow with each nesting. */
  private keyType(node: Expression): CelType {
    const type = this.bindings.resolve(this.typeOf(node));
    if (!['list', 'map', 'optional', 'type', 'object'].includes(type.kind)) return type;
    return this.issue(node.offset, `unsupported key type: ${typeText(type)}`);
  }

  /** Elements of one literal have one type: `dyn` frees from it. */
  private joined(item: Expression, previous: CelType | undefined, current: CelType): CelType {
    if (previous === undefined) return current;
    if (!this.bindings.assign(previous, current)) {
      if (this.mixesTypes) return types.dyn;
      const [wanted, found] = [previous, current].map((type) => typeText(this.bindings.resolve(type, true)));
      this.issue(item.offset, `expected type '${wanted}' but found '${found}'`);
      return previous;
    }
    return isDynamic(this.bindings.resolve(current)) ? current : previous;
  }

  /** The type of what an entry written with `?` adds. */
  private unwrapped(item: Expression, type: CelType, optional: boolean): CelType {
    if (!optional) return type;
    const resolved = this.bindings.resolve(type);
    if (resolved.kind === 'optional') return resolved.element;
    if (isDynamic(resolved)) return resolved;
    return this.issue(
      item.offset,
      `expected type 'optional_type(${typeText(resolved)})' but found '${typeText(resolved)}'`,
    );
  }

  private struct(node: StructExpression): CelType {
    const type = this.scope.structType(node.typeName);
    if (type === undefined) {
      for (const { value } of node.fields) this.typeOf(value);
      return this.undeclared(node.offset, node.typeName);
    }
    for (const { name, offset, value, optional } of node.fields) {
      const found = this.unwrapped(value, this.typeOf(value), optional);
      const wanted = type.kind === 'object' ? fieldType(type, name) : types.dyn;
      if (wanted === undefined) this.issue(offset, `undefined field '${name}'`);
      else if (!this.bindings.assign(wanted, found)) {
        const texts = [wanted, found].map((shown) => typeText(this.bindings.resolve(shown, true)));
        this.issue(offset, `expected type of field '${name}' is '${texts[0]}' but provided type is '${texts[1]}'`);
      }
    }
    return type;
  }

  private comprehension(node: ComprehensionExpression): CelType {
    const range = this.bindings.resolve(this.typeOf(node.range));
    const init = this.typeOf(node.init);
    this.locals.push(new Map([[node.accumulator, init]]));
    this.locals.push(new Map(this.iterationVariables(node, range)));
    this.expectType(node.condition, types.bool);
    this.expectType(node.step, init);
    this.locals.pop();
    const result = this.typeOf(node.result);
    this.locals.pop();
    return this.bindings.resolve(result);
  }

  private iterationVariables(
    { variable, variable2, range: node }: ComprehensionExpression,
    range: CelType,
  ): [string, CelType][] {
    const { key, value } = this.entryTypes(node, range);
    if (variable2 !== undefined)
      return [
        [variable, key],
        [variable2, value],
      ];
    return [[variable, range.kind === 'list' ? value : key]];
  }

  private entryTypes(node: Expression, range: CelType): { key: CelType; value: CelType } {
    switch (range.kind) {
      case 'list':
        return { key: types.int, value: range.element };
      case 'map':
        return { key: range.key, value: range.value };
      case 'dyn':
      case 'error':
      case 'parameter':
        return { key: types.dyn, value: types.dyn };
      default: {
        const text = `expression of type '${typeText(range)}' cannot be range of a comprehension (must be list, map, or dynamic)`;
        const type = this.issue(node.offset, text);
        return { key: type, value: type };
      }
    }
  }

  private expectType(node: Expression, wanted: CelType): void {
    const found = this.typeOf(node);
    if (this.bindings.assign(wanted, found)) return;
    const texts = [wanted, found].map((type) => typeText(this.bindings.resolve(type, true)));
    this.issue(node.offset, `expected type '${texts[0]}' but found '${texts[1]}'`);
  }

  private local(name: string): CelType | undefined {
    for (let index = this.locals.length - 1; index >= 0; index -= 1) {
      const type = this.locals[index]?.get(name);
      if (type !== undefined) return type;
    }
    return undefined;
  }

  private undeclared(offset: number, name: string): CelType {
    return this.issue(offset, `undeclared reference to '${name}' (in container '')`);
  }

  private issue(offset: number, message: string): CelType {
    if (!this.issues.some((known) => known.offset === offset && known.message === message))
      this.issues.push({ offset, message });
    return types.error;
  }
}

function literalType({ type }: Literal): CelType {
  return types[type];
}

/** `a.b.c` of a chain of plain selections. */
export function qualifiedName(node: Expression): string | undefined {
  if (node.kind === 'ident') return node.name.replace(/^\./, '');
  if (node.kind !== 'select' || node.testOnly) return undefined;
  const prefix = qualifiedName(node.operand);
  return prefix === undefined ? undefined : `${prefix}.${node.field}`;
}

function sameType(left: CelType, right: CelType): boolean {
  return typeText(left) === typeText(right);
}
