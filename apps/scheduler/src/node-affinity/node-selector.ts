import type { Node, NodeSelectorRequirement, NodeSelectorTerm } from '@orrery/api';

/** Whether any of the terms matches. A term without requirements matches nothing. */
export function matchesAnyTerm(terms: readonly NodeSelectorTerm[], node: Node): boolean {
  return terms.some((term) => matchesTerm(term, node));
}

/** Whether all requirements of the term hold, on labels and on fields (of which there is one: `metadata.name`). */
export function matchesTerm({ matchExpressions = [], matchFields = [] }: NodeSelectorTerm, node: Node): boolean {
  if (matchExpressions.length + matchFields.length === 0) return false;
  const labels = node.metadata.labels ?? {};
  return (
    matchExpressions.every((requirement) => holds(requirement, labels[requirement.key])) &&
    matchFields.every((requirement) => requirement.key === 'metadata.name' && holds(requirement, node.metadata.name))
  );
}

function holds({ operator, values = [] }: NodeSelectorRequirement, value: string | undefined): boolean {
  switch (operator) {
    case 'In':
      return value !== undefined && values.includes(value);
    case 'NotIn':
      return value === undefined || !values.includes(value);
    case 'Exists':
      return value !== undefined;
    case 'DoesNotExist':
      return value === undefined;
    case 'Gt':
      return compareWhole(value, values[0], (a, b) => a > b);
    case 'Lt':
      return compareWhole(value, values[0], (a, b) => a < b);
    default:
      return false;
  }
}

/** What is no whole number satisfies no comparison. */
function compareWhole(
  left: string | undefined,
  right: string | undefined,
  holdsFor: (a: bigint, b: bigint) => boolean,
): boolean {
  const whole = /^-?\d+$/;
  if (left === undefined || right === undefined || !whole.test(left) || !whole.test(right)) return false;
  return holdsFor(BigInt(left), BigInt(right));
}
