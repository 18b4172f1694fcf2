import type { Random } from '@orrery/runtime';

/** The same items in an order that the seed decides. */
export function shuffled<T>(items: readonly T[], random: Random): T[] {
  const rest = [...items];
  return items.flatMap(() => rest.splice(random.integer(rest.length), 1));
}
