import { Quantity } from '@orrery/api';

/** Thousandths of a unit, rounded up: `500m` cpu is 500. */
export function milliOf(quantity: string): number {
  return Quantity.parse(quantity).milliValue();
}

/** Whole units, rounded up: bytes of memory, number of pods. */
export function bytesOf(quantity: string): number {
  return Quantity.parse(quantity).toNumber();
}

/** `value` in units of `divisor`, rounded up, as a whole number's text. */
export function scaledUp(value: string, divisor: string): string {
  const unit = Quantity.parse(divisor).toFloat();
  const amount = Quantity.parse(value).toFloat();
  return String(Math.ceil(Number((amount / unit).toFixed(6))));
}
