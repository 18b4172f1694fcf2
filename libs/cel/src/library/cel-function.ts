import type { CelType } from '../types/cel-type.ts';
import type { CelValue } from '../values/cel-value.ts';
import type { Meter } from '../values/meter.ts';

/** One signature of a function. */
export interface CelOverload {
  /** The function's name: `size`, `_+_`, `sets.contains`. */
  readonly name: string;
  /** cel-go's and Kubernetes' name of the overload; costs go by it. */
  readonly id: string;
  /** Called as `target.name(…)`; the target is the first of `args`. */
  readonly member: boolean;
  readonly args: readonly CelType[];
  readonly result: CelType;
  /** Gets values of the types in `args`. Throws `CelRuntimeError`, and what `meter` throws. */
  call(args: readonly CelValue[], meter: Meter): CelValue;
}

/** Functions that belong together. */
export type CelLibrary = readonly CelOverload[];

/**
 * Gets the arguments, and behind them the `Meter`. The checker, and before each call the evaluator, make sure that values have the types of
 * the signature.
 */
type Implementation = (...args: never[]) => CelValue;

/** A function called by its name alone. */
export function fn(
  name: string,
  id: string,
  args: readonly CelType[],
  result: CelType,
  call: Implementation,
): CelOverload {
  return { name, id, member: false, args, result, call: metered(call) };
}

/** A function called on its first argument. */
export function method(
  name: string,
  id: string,
  args: readonly CelType[],
  result: CelType,
  call: Implementation,
): CelOverload {
  return { name, id, member: true, args, result, call: metered(call) };
}

function metered(implementation: Implementation): CelOverload['call'] {
  const call = implementation as unknown as (...args: readonly (CelValue | Meter)[]) => CelValue;
  return (args, meter) => call(...args, meter);
}
