import type { Container, PodSpec } from '../../generated/kinds.ts';
import { Quantity } from '../../quantity/quantity.ts';
import { isRestartable } from './container-validation.ts';

type Totals = Map<string, Quantity>;
type Kind = 'requests' | 'limits';

/**
 * What the containers of a pod ask for together: the sum of those that run side by side, or the most that an init container needs
 * at its turn (beside the sidecars that were started before it), whichever is more (KEP-753).
 */
export function aggregateContainers({ containers = [], initContainers = [] }: PodSpec, kind: Kind): Totals {
  const total: Totals = new Map();
  for (const container of containers) addAll(total, amountsOf(container, kind));
  const sidecars: Totals = new Map();
  const peak: Totals = new Map();
  for (const container of initContainers) {
    const needed: Totals = new Map(sidecars);
    addAll(needed, amountsOf(container, kind));
    if (isRestartable(container)) {
      addAll(total, amountsOf(container, kind));
      addAll(sidecars, amountsOf(container, kind));
    }
    raiseAll(peak, needed);
  }
  raiseAll(total, peak);
  return total;
}

function amountsOf(container: Container, kind: Kind): Totals {
  const parsed = Object.entries(container.resources?.[kind] ?? {}).map(
    ([name, text]) => [name, Quantity.tryParse(text) ?? Quantity.zero] as const,
  );
  return new Map(parsed);
}

function addAll(totals: Totals, amounts: Totals): void {
  for (const [name, amount] of amounts) totals.set(name, (totals.get(name) ?? Quantity.zero).add(amount));
}

function raiseAll(totals: Totals, floor: Totals): void {
  for (const [name, amount] of floor) {
    const current = totals.get(name);
    if (current === undefined || current.compare(amount) < 0) totals.set(name, amount);
  }
}
