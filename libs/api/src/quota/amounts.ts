import { Quantity } from '../quantity/quantity.ts';

/** Quantities by the name of their resource. */
export type Amounts = ReadonlyMap<string, Quantity>;

export const noAmounts: Amounts = new Map();

/** A list of quantities as the API has it. Throws `QuantityError`. */
export function parseAmounts(list: Readonly<Record<string, string>> | undefined): Amounts {
  return new Map(Object.entries(list ?? {}).map(([name, text]) => [name, Quantity.parse(text)]));
}

/** In the order of the names. */
export function formatAmounts(amounts: Amounts): Record<string, string> {
  const names = [...amounts.keys()].sort();
  return Object.fromEntries(names.map((name) => [name, String(amounts.get(name))]));
}

/** `cpu=1,pods=2`, as errors show amounts. */
export function amountsText(amounts: Amounts): string {
  return Object.entries(formatAmounts(amounts))
    .map(([name, text]) => `${name}=${text}`)
    .join(',');
}

export function addAmounts(a: Amounts, b: Amounts): Amounts {
  return combined(a, b, (x, y) => x.add(y));
}

/** The larger of each. */
export function maxAmounts(a: Amounts, b: Amounts): Amounts {
  return combined(a, b, (x, y) => (x.compare(y) >= 0 ? x : y));
}

/** What `a` has more than `b`, and zero where it has less. */
export function excessOf(a: Amounts, b: Amounts): Amounts {
  const names = new Set([...a.keys(), ...b.keys()]);
  return new Map(
    [...names].map((name) => {
      const difference = (a.get(name) ?? Quantity.zero).sub(b.get(name) ?? Quantity.zero);
      return [name, difference.sign() > 0 ? difference : Quantity.zero];
    }),
  );
}

export function onlyNamed(amounts: Amounts, names: Iterable<string>): Amounts {
  const wanted = new Set(names);
  return new Map([...amounts].filter(([name]) => wanted.has(name)));
}

export function withoutZeros(amounts: Amounts): Amounts {
  return new Map([...amounts].filter(([, amount]) => !amount.isZero));
}

export function sameAmounts(a: Amounts, b: Amounts): boolean {
  return a.size === b.size && [...a].every(([name, amount]) => b.get(name)?.equals(amount));
}

function combined(a: Amounts, b: Amounts, of: (x: Quantity, y: Quantity) => Quantity): Amounts {
  const all = new Map(a);
  for (const [name, amount] of b) {
    const known = all.get(name);
    all.set(name, known === undefined ? amount : of(known, amount));
  }
  return all;
}
