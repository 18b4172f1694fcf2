import { CelCompileError } from './cel-issue.ts';
import type { CallExpression, Expression, IdentExpression, Literal } from './expression.ts';

/** Deepest tree that is built: what walks it may recurse. */
const heightMax = 1_000;
/** The nesting that cel-go names in its message. */
export const nestingMax = 250;

/** A node that is still without its identity. */
type Draft<T> = T extends Expression ? Omit<T, 'id'> : never;

/** Makes the nodes of one expression: gives each its id and keeps the tree flat enough to walk. */
export class NodeBuilder {
  private readonly heights: number[] = [];

  constructor(private readonly source: string) {}

  node<T extends Expression>(draft: Draft<T>, children: readonly Expression[] = []): T {
    const height = 1 + Math.max(0, ...children.map((child) => this.heights[child.id] ?? 0));
    if (height > heightMax) throw tooDeep(this.source, draft.offset);
    this.heights.push(height);
    return { ...draft, id: this.heights.length - 1 } as unknown as T;
  }

  literal(offset: number, literal: Literal): Expression {
    return this.node({ kind: 'literal', offset, literal });
  }

  ident(offset: number, name: string): IdentExpression {
    return this.node<IdentExpression>({ kind: 'ident', offset, name });
  }

  call(offset: number, name: string, ...args: Expression[]): CallExpression {
    return this.node<CallExpression>({ kind: 'call', offset, name, target: undefined, args }, args);
  }

  method(offset: number, target: Expression, name: string, ...args: Expression[]): CallExpression {
    return this.node<CallExpression>({ kind: 'call', offset, name, target, args }, [target, ...args]);
  }

  list(offset: number, elements: readonly Expression[], optional: ReadonlySet<number> = new Set()): Expression {
    return this.node({ kind: 'list', offset, elements, optional }, elements);
  }
}

/** cel-go refuses the same way where an expression nests too deep. */
export function tooDeep(source: string, offset: number): CelCompileError {
  return new CelCompileError(source, [{ offset, message: `expression recursion limit exceeded: ${nestingMax}` }]);
}
