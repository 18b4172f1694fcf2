import { UintValue } from '../values/cel-value.ts';
import { CelRuntimeError } from '../values/runtime-errors.ts';

const intMin = -(2n ** 63n);
const intMax = 2n ** 63n - 1n;
const uintMax = 2n ** 64n - 1n;

/** The result of integer arithmetic. Throws `CelRuntimeError` beyond 64 bits. */
export function int(value: bigint): bigint {
  if (value < intMin || value > intMax) throw new CelRuntimeError('integer overflow');
  return value;
}

/** The same for unsigned integers. */
export function uint(value: bigint): UintValue {
  if (value < 0n || value > uintMax) throw new CelRuntimeError('unsigned integer overflow');
  return new UintValue(value);
}

/** The whole number below, towards zero. Throws `CelRuntimeError` beyond 64 bits. */
export function intOfDouble(value: number): bigint {
  if (!Number.isFinite(value) || value <= -(2 ** 63) || value >= 2 ** 63) throw new CelRuntimeError('integer overflow');
  return BigInt(Math.trunc(value));
}

export function uintOfDouble(value: number): UintValue {
  if (!Number.isFinite(value) || value < 0 || value >= 2 ** 64) throw new CelRuntimeError('unsigned integer overflow');
  return new UintValue(BigInt(Math.trunc(value)));
}
