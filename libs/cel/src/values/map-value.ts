import { type CelValue, UintValue } from './cel-value.ts';

/** A map. Keys are strings, bools, ints or uints; numbers that are equal are the same key. */
export abstract class MapValue {
  readonly kind = 'map';
  abstract readonly size: number;
  /** `undefined` where there is no such key. */
  abstract get(key: CelValue): CelValue | undefined;
  abstract keys(): Iterable<CelValue>;

  has(key: CelValue): boolean {
    return this.get(key) !== undefined;
  }

  *entries(): Iterable<readonly [CelValue, CelValue]> {
    for (const key of this.keys()) yield [key, this.get(key) as CelValue];
  }
}

/** A JSON object; values are made of what lies behind them when they are asked for. */
export class RecordMap<T = unknown> extends MapValue {
  constructor(
    private readonly record: Readonly<Record<string, T>>,
    private readonly value: (raw: T) => CelValue,
  ) {
    super();
  }

  override get size(): number {
    return Object.keys(this.record).length;
  }

  override get(key: CelValue): CelValue | undefined {
    if (typeof key !== 'string' || !Object.hasOwn(this.record, key)) return undefined;
    return this.value(this.record[key] as T);
  }

  override keys(): Iterable<CelValue> {
    return Object.keys(this.record);
  }
}

/** A map that an expression has built. */
export class BuiltMap extends MapValue {
  private readonly byKey = new Map<string, readonly [CelValue, CelValue]>();

  constructor(entries: Iterable<readonly [CelValue, CelValue]>) {
    super();
    for (const [key, value] of entries) this.byKey.set(keyId(key), [key, value]);
  }

  override get size(): number {
    return this.byKey.size;
  }

  override get(key: CelValue): CelValue | undefined {
    return this.byKey.get(keyId(key))?.[1];
  }

  override *keys(): Iterable<CelValue> {
    for (const [key] of this.byKey.values()) yield key;
  }
}

/** The same text for the same key. */
export function keyId(key: CelValue): string {
  if (key instanceof UintValue) return `n${key.value}`;
  if (typeof key === 'bigint') return `n${key}`;
  if (typeof key === 'number') return Number.isInteger(key) ? `n${BigInt(key)}` : `d${key}`;
  return `${typeof key}${String(key)}`;
}

/** May a value be a key of a map? */
export function isKey(value: CelValue): boolean {
  return ['string', 'boolean', 'bigint'].includes(typeof value) || value instanceof UintValue;
}
