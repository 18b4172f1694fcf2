import { regexProblem } from '../library/regex-functions.ts';
import type { CelIssue } from '../syntax/cel-issue.ts';
import type { CallExpression, Expression } from '../syntax/expression.ts';
import { DurationValue } from '../values/duration-value.ts';
import { TimestampValue } from '../values/timestamp-value.ts';

/** Constants that a function can only refuse: durations, timestamps and patterns that are none. */
export function checkLiterals(root: Expression): CelIssue[] {
  const issues: CelIssue[] = [];
  for (const node of allNodes(root)) if (node.kind === 'call') issues.push(...callIssues(node));
  return issues;
}

function callIssues({ name, target, args }: CallExpression): CelIssue[] {
  const last = args[args.length - 1];
  if (last?.kind !== 'literal' || last.literal.type !== 'string') return [];
  const { value } = last.literal;
  const invalid = (what: string): CelIssue[] => [{ offset: last.offset, message: `invalid ${what} argument` }];
  if (name === 'duration' && target === undefined && args.length === 1) {
    return DurationValue.parse(value) === undefined ? invalid('duration') : [];
  }
  if (name === 'timestamp' && target === undefined && args.length === 1) {
    return TimestampValue.parse(value) === undefined ? invalid('timestamp') : [];
  }
  return name === 'matches' && regexProblem(value) !== undefined ? invalid('matches') : [];
}

/** Each node once: a macro may use a part of its call twice. */
function allNodes(root: Expression): Set<Expression> {
  const found = new Set([root]);
  for (const node of found) for (const child of childrenOf(node)) found.add(child);
  return found;
}

function childrenOf(node: Expression): readonly Expression[] {
  switch (node.kind) {
    case 'literal':
    case 'ident':
      return [];
    case 'select':
      return [node.operand];
    case 'call':
      return node.target === undefined ? node.args : [node.target, ...node.args];
    case 'list':
      return node.elements;
    case 'map':
      return node.entries.flatMap(({ key, value }) => [key, value]);
    case 'struct':
      return node.fields.map(({ value }) => value);
    case 'comprehension':
      return [node.range, node.init, node.condition, node.step, node.result];
    default:
      return node satisfies never;
  }
}
