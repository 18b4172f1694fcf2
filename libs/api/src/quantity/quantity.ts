/** How a quantity is written: `500m`/`2k`, `2Ki`, `2e3`. */
export type QuantityFormat = 'decimalSI' | 'binarySI' | 'decimalExponent';

/** A text that is no quantity; the message is upstream's. */
export class QuantityError extends Error {
  override readonly name = 'QuantityError';
}

const shape = /^([+-]?)(\d*)(?:\.(\d*))?([eEinumkKMGTP]*[-+]?\d*)$/;
const shapeText = "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'";
const suffixText = "unable to parse quantity's suffix";

const decimalSuffixes: readonly (readonly [string, number])[] = [
  ['n', -9],
  ['u', -6],
  ['m', -3],
  ['', 0],
  ['k', 3],
  ['M', 6],
  ['G', 9],
  ['T', 12],
  ['P', 15],
  ['E', 18],
];
const decimalExponents = new Map(decimalSuffixes);
const decimalNames = new Map(decimalSuffixes.map(([suffix, exponent]) => [exponent, suffix]));
const binarySuffixes = ['', 'Ki', 'Mi', 'Gi', 'Ti', 'Pi', 'Ei'];

/** Smallest step: a quantity counts whole nanos, finer values round away from zero. */
const nanosPerUnit = 1_000_000_000n;
/** Largest quantity; larger ones become it, as upstream does. */
const nanosMax = (2n ** 63n - 1n) * nanosPerUnit;
/** An exponent beyond this can only give zero steps or the maximum; keeps a hostile `1e999999999` cheap. */
const exponentMax = 60;

/** An exact amount of CPU, memory or anything countable. Immutable. */
export class Quantity {
  private constructor(
    private readonly nanos: bigint,
    readonly format: QuantityFormat,
  ) {}

  static readonly zero = new Quantity(0n, 'decimalSI');

  /** Throws `QuantityError` for a text that is no quantity. */
  static parse(text: string | number): Quantity {
    const read = Quantity.read(text);
    if (typeof read === 'string') throw new QuantityError(read);
    return read;
  }

  /** `undefined` for a text that is no quantity. */
  static tryParse(text: string | number): Quantity | undefined {
    const read = Quantity.read(text);
    return typeof read === 'string' ? undefined : read;
  }

  /** What is wrong with a text that is none: an error would cost more than all the rest. */
  private static read(text: string | number): Quantity | string {
    const match = shape.exec(String(text));
    if (!match) return shapeText;
    const [, sign, whole = '', fraction = '', suffix = ''] = match;
    if (whole === '' && fraction === '') return shapeText;
    const scale = scaleOf(suffix);
    if (scale === undefined) return suffixText;
    const digits = BigInt(whole + fraction);
    const nanos = scale.nanosOf(digits, fraction.length);
    return new Quantity(clamp(sign === '-' ? -nanos : nanos), scale.format);
  }

  /** A whole number of units. */
  static of(units: number | bigint, format: QuantityFormat = 'decimalSI'): Quantity {
    return new Quantity(clamp(BigInt(units) * nanosPerUnit), format);
  }

  static ofMilli(milli: number | bigint, format: QuantityFormat = 'decimalSI'): Quantity {
    return new Quantity(clamp(BigInt(milli) * 1_000_000n), format);
  }

  get isZero(): boolean {
    return this.nanos === 0n;
  }

  /** -1, 0 or 1. */
  sign(): number {
    return this.nanos < 0n ? -1 : this.nanos > 0n ? 1 : 0;
  }

  /** Negative, zero or positive, as for `Array.sort`. The format does not count. */
  compare(other: Quantity): number {
    return this.nanos < other.nanos ? -1 : this.nanos > other.nanos ? 1 : 0;
  }

  equals(other: Quantity): boolean {
    return this.nanos === other.nanos;
  }

  /** The sum, in this quantity's format (in the other's, where this is zero, as upstream does). */
  add(other: Quantity): Quantity {
    return new Quantity(clamp(this.nanos + other.nanos), this.isZero ? other.format : this.format);
  }

  sub(other: Quantity): Quantity {
    return new Quantity(clamp(this.nanos - other.nanos), this.isZero ? other.format : this.format);
  }

  negate(): Quantity {
    return new Quantity(-this.nanos, this.format);
  }

  /** Whole units, rounded up (away from zero). Exact up to 2^53. */
  toNumber(): number {
    return Number(divideAway(this.nanos, nanosPerUnit));
  }

  /** Thousandths, rounded up (away from zero): CPU as the scheduler counts it. */
  milliValue(): number {
    return Number(divideAway(this.nanos, 1_000_000n));
  }

  /** The value as a float, for ratios and metrics. */
  toFloat(): number {
    return Number(this.nanos) / 1e9;
  }

  /** True where it is a whole number of units. */
  get isWhole(): boolean {
    return this.nanos % nanosPerUnit === 0n;
  }

  /** Upstream's canonical form: no fraction, and the largest suffix that loses nothing. */
  toString(): string {
    if (this.isZero) return '0';
    const kibi = 1024n * nanosPerUnit;
    const fitsBinary = this.isWhole && (this.nanos >= kibi || this.nanos <= -kibi);
    if (this.format === 'binarySI' && fitsBinary) return this.binaryText();
    return this.decimalText(this.format === 'decimalExponent');
  }

  toJSON(): string {
    return this.toString();
  }

  private binaryText(): string {
    let mantissa = this.nanos / nanosPerUnit;
    let step = 0;
    while (mantissa % 1024n === 0n && step < binarySuffixes.length - 1) {
      mantissa /= 1024n;
      step++;
    }
    return `${mantissa}${binarySuffixes[step]}`;
  }

  private decimalText(asExponent: boolean): string {
    let mantissa = this.nanos;
    let exponent = -9;
    while (mantissa % 1000n === 0n && exponent < 18) {
      mantissa /= 1000n;
      exponent += 3;
    }
    const suffix = asExponent ? (exponent === 0 ? '' : `e${exponent}`) : decimalNames.get(exponent);
    return `${mantissa}${suffix}`;
  }
}

/** The canonical text of a quantity's text. Throws `QuantityError`. */
export function canonicalQuantity(text: string | number): string {
  return Quantity.parse(text).toString();
}

interface Scale {
  readonly format: QuantityFormat;
  /** Nanos of `digits` of which the last `fractionDigits` stand behind the point; rounded away from zero. */
  nanosOf(digits: bigint, fractionDigits: number): bigint;
}

function scaleOf(suffix: string): Scale | undefined {
  const exponent = decimalExponents.get(suffix);
  if (exponent !== undefined) return decimalScale(exponent, 'decimalSI');
  const step = binarySuffixes.indexOf(suffix);
  if (step > 0) return binaryScale(1024n ** BigInt(step));
  const scientific = /^[eE]([-+]?\d+)$/.exec(suffix);
  if (!scientific) return undefined;
  return decimalScale(Number(scientific[1]), 'decimalExponent');
}

function decimalScale(exponent: number, format: QuantityFormat): Scale {
  return {
    format,
    nanosOf: (digits, fractionDigits) => {
      if (digits === 0n) return 0n;
      const shift = exponent - fractionDigits + 9;
      if (shift >= 0) return digits * 10n ** BigInt(Math.min(shift, exponentMax));
      const shiftMax = digits.toString().length + 1;
      return divideAway(digits, 10n ** BigInt(Math.min(-shift, shiftMax)));
    },
  };
}

function binaryScale(multiplier: bigint): Scale {
  return {
    format: 'binarySI',
    nanosOf: (digits, fractionDigits) => divideAway(digits * multiplier * nanosPerUnit, 10n ** BigInt(fractionDigits)),
  };
}

function divideAway(value: bigint, divisor: bigint): bigint {
  const quotient = value / divisor;
  if (value % divisor === 0n) return quotient;
  return value < 0n ? quotient - 1n : quotient + 1n;
}

function clamp(nanos: bigint): bigint {
  if (nanos > nanosMax) return nanosMax;
  return nanos < -nanosMax ? -nanosMax : nanos;
}
