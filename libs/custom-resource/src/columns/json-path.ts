import { deepEqual } from '@orrery/api';
import { isJsonObject } from '../schema/schema-node.ts';

/** A JSON path that cannot be read. */
export class JsonPathError extends Error {
  override readonly name = 'JsonPathError';
}

type Step =
  | { readonly kind: 'field'; readonly name: string }
  | { readonly kind: 'index'; readonly index: number }
  | { readonly kind: 'slice'; readonly from: number | undefined; readonly to: number | undefined }
  | { readonly kind: 'all' }
  | { readonly kind: 'descend' }
  | {
      readonly kind: 'filter';
      readonly left: Operand;
      readonly operator: Operator | undefined;
      readonly right: Operand | undefined;
    };

type Operand = { readonly path: JsonPath } | { readonly literal: unknown };

const operators = ['==', '!=', '<=', '>=', '<', '>'] as const;
type Operator = (typeof operators)[number];

/** A JSON path as kubectl and printer columns write it, without the braces: `.status.conditions[?(@.type=="Ready")].status`. */
export class JsonPath {
  private constructor(private readonly steps: readonly Step[]) {}

  /** Throws `JsonPathError`. */
  static parse(text: string): JsonPath {
    return new JsonPath(new StepParser(text).all());
  }

  /** All values that the path leads to; what is not there is not found. */
  find(value: unknown): unknown[] {
    let found: unknown[] = [value];
    for (const step of this.steps) found = found.flatMap((at) => take(step, at));
    return found;
  }
}

class StepParser {
  private at = 0;

  constructor(private readonly text: string) {}

  all(): Step[] {
    const steps: Step[] = [];
    while (this.at < this.text.length) steps.push(...this.next());
    return steps;
  }

  private next(): Step[] {
    if (this.take('..')) return [{ kind: 'descend' }, ...(this.text[this.at] === '[' ? [] : [this.name()])];
    if (this.take('.')) return this.at === this.text.length || this.text[this.at] === '[' ? [] : [this.name()];
    if (this.take('[')) return [this.bracket()];
    if (this.at === 0) {
      if (this.take('$') || this.take('@')) return [];
      return [this.name()];
    }
    throw this.unreadable();
  }

  private take(token: string): boolean {
    if (!this.text.startsWith(token, this.at)) return false;
    this.at += token.length;
    return true;
  }

  /** A backslash takes the next character as it is: `.metadata.labels.app\.kubernetes\.io/name`. */
  private name(): Step {
    const match = /^(?:\\.|[^.[\]\\])+/.exec(this.text.slice(this.at));
    if (!match) throw this.unreadable();
    this.at += match[0].length;
    const name = match[0].replace(/\\(.)/g, '$1');
    return name === '*' ? { kind: 'all' } : { kind: 'field', name };
  }

  private bracket(): Step {
    if (this.take('?(')) return this.filter();
    const rest = this.text.slice(this.at);
    const match = /^\s*(?:'((?:\\.|[^'\\])*)'|"((?:\\.|[^"\\])*)"|(\*)|(-?\d*)\s*(:)?\s*(-?\d*))\s*\]/.exec(rest);
    if (!match) throw this.unreadable();
    this.at += match[0].length;
    const [, single, double, star, from = '', colon, to = ''] = match;
    if (single !== undefined || double !== undefined) {
      return { kind: 'field', name: (single ?? double ?? '').replace(/\\(.)/g, '$1') };
    }
    if (star) return { kind: 'all' };
    if (colon) return { kind: 'slice', from: numberOf(from), to: numberOf(to) };
    if (from === '') throw this.unreadable();
    return { kind: 'index', index: Number(from) };
  }

  private filter(): Step {
    const end = this.text.indexOf(')]', this.at);
    if (end < 0) throw this.unreadable();
    const condition = this.text.slice(this.at, end);
    this.at = end + 2;
    const match = /^(.*?)\s*(==|!=|<=|>=|<|>)\s*(.*)$/.exec(condition);
    if (!match) return { kind: 'filter', left: operandOf(condition), operator: undefined, right: undefined };
    const [, left = '', operator, right = ''] = match;
    return { kind: 'filter', left: operandOf(left), operator: operator as Operator, right: operandOf(right) };
  }

  private unreadable(): JsonPathError {
    return new JsonPathError(`unrecognized character at position ${this.at} of ${JSON.stringify(this.text)}`);
  }
}

function numberOf(text: string): number | undefined {
  return text === '' ? undefined : Number(text);
}

function operandOf(text: string): Operand {
  const trimmed = text.trim();
  if (trimmed.startsWith('@') || trimmed.startsWith('$')) return { path: JsonPath.parse(trimmed) };
  const quoted = /^(?:'(.*)'|"(.*)")$/.exec(trimmed);
  if (quoted) return { literal: quoted[1] ?? quoted[2] ?? '' };
  if (trimmed === 'true' || trimmed === 'false') return { literal: trimmed === 'true' };
  if (/^-?\d+(\.\d+)?$/.test(trimmed)) return { literal: Number(trimmed) };
  throw new JsonPathError(`unrecognized operand ${JSON.stringify(trimmed)}`);
}

function take(step: Step, value: unknown): unknown[] {
  switch (step.kind) {
    case 'field':
      return isJsonObject(value) && Object.hasOwn(value, step.name) ? [value[step.name]] : [];
    case 'index':
      return Array.isArray(value) ? value.slice(step.index, step.index === -1 ? undefined : step.index + 1) : [];
    case 'slice':
      return Array.isArray(value) ? value.slice(step.from, step.to) : [];
    case 'all':
      return childrenOf(value);
    case 'descend':
      return descendantsOf(value);
    case 'filter':
      return Array.isArray(value) ? value.filter((item) => holds(step, item)) : [];
    default:
      return step satisfies never;
  }
}

function childrenOf(value: unknown): unknown[] {
  if (Array.isArray(value)) return value;
  return isJsonObject(value) ? Object.values(value) : [];
}

function descendantsOf(value: unknown): unknown[] {
  return [value, ...childrenOf(value).flatMap(descendantsOf)];
}

function holds({ left, operator, right }: Step & { kind: 'filter' }, item: unknown): boolean {
  const [a, ...others] = valuesOf(left, item);
  if (operator === undefined || right === undefined) return a !== undefined;
  const [b] = valuesOf(right, item);
  if (a === undefined || b === undefined || others.length > 0) return false;
  if (operator === '==') return deepEqual(a, b);
  if (operator === '!=') return !deepEqual(a, b);
  if (typeof a !== typeof b || (typeof a !== 'number' && typeof a !== 'string')) return false;
  const [low, high] = [a, b] as [string | number, string | number];
  if (operator === '<') return low < high;
  if (operator === '<=') return low <= high;
  return operator === '>' ? low > high : low >= high;
}

function valuesOf(operand: Operand, item: unknown): unknown[] {
  return 'path' in operand ? operand.path.find(item) : [operand.literal];
}
