import { CelRuntimeError } from './runtime-errors.ts';

const nanosPer: Readonly<Record<string, bigint>> = {
  ns: 1n,
  us: 1_000n,
  µs: 1_000n,
  μs: 1_000n,
  ms: 1_000_000n,
  s: 1_000_000_000n,
  m: 60_000_000_000n,
  h: 3_600_000_000_000n,
};
const shape = /^([+-]?)((?:(?:\d+\.?\d*|\.\d+)(?:ns|us|µs|μs|ms|s|m|h))+|0)$/;
const nanosMax = 2n ** 63n - 1n;

/** A span of time in nanoseconds, as Go's `time.Duration`. */
export class DurationValue {
  readonly kind = 'duration';

  /** Throws `CelRuntimeError` for more than 2^63 nanoseconds. */
  constructor(readonly nanos: bigint) {
    if (nanos > nanosMax || nanos < -nanosMax - 1n) throw new CelRuntimeError('duration out of range');
  }

  /** `undefined` for a text that Go's `time.ParseDuration` refuses. */
  static parse(text: string): DurationValue | undefined {
    const match = shape.exec(text);
    if (match === null) return undefined;
    let nanos = 0n;
    for (const [, whole = '', fraction = '', unit = ''] of (match[2] ?? '').matchAll(
      /(\d*)\.?(\d*)(ns|us|µs|μs|ms|s|m|h)/g,
    )) {
      const scale = nanosPer[unit] ?? 0n;
      nanos += BigInt(whole === '' ? '0' : whole) * scale;
      if (fraction !== '') nanos += (BigInt(fraction) * scale) / 10n ** BigInt(fraction.length);
      if (nanos > nanosMax) return undefined;
    }
    return new DurationValue(match[1] === '-' ? -nanos : nanos);
  }

  /** Seconds with a fraction, as `string()` writes it: `3600s`, `0.5s`. */
  toString(): string {
    const negative = this.nanos < 0n;
    const nanos = negative ? -this.nanos : this.nanos;
    const fraction = (nanos % 1_000_000_000n).toString().padStart(9, '0').replace(/0+$/, '');
    return `${negative ? '-' : ''}${nanos / 1_000_000_000n}${fraction === '' ? '' : `.${fraction}`}s`;
  }
}
