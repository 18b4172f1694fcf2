import { Quantity } from '../quantity/quantity.ts';
import { deepEqual } from './deep-equal.ts';

/**
 * Equality of API values as upstream's `Semantic.DeepEqual`: empty lists and maps are the same as none, and quantities are compared by their
 * amount (`1000m` is `1`) where both stand in a map of amounts.
 */
export function semanticEqual(a: unknown, b: unknown): boolean {
  return deepEqual(normal(a), normal(b));
}

const amountMaps: ReadonlySet<string> = new Set([
  'limits',
  'requests',
  'capacity',
  'allocatable',
  'overhead',
  'hard',
  'used',
  'allocatedResources',
]);

function normal(value: unknown, isAmounts = false): unknown {
  if (Array.isArray(value)) return value.length === 0 ? undefined : value.map((item) => normal(item));
  if (typeof value !== 'object' || value === null) return isAmounts ? normalAmount(value) : value;
  const fields = Object.entries(value)
    .map(([name, field]) => [name, isAmounts ? normalAmount(field) : normal(field, amountMaps.has(name))] as const)
    .filter(([, field]) => field !== undefined);
  // An empty object may be a choice (`emptyDir: {}`): only maps of amounts, labels and the like are the same as none.
  return fields.length === 0 && isAmounts ? undefined : Object.fromEntries(fields);
}

function normalAmount(value: unknown): unknown {
  if (typeof value !== 'string' && typeof value !== 'number') return value;
  const amount = Quantity.tryParse(value);
  // A sum has the format of its first part: so equal amounts get equal texts.
  return amount === undefined ? value : Quantity.of(1).add(amount).toString();
}
