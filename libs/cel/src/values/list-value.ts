import type { CelValue } from './cel-value.ts';

/** A list. Elements are made of what lies behind them when they are asked for. */
export class ListValue implements Iterable<CelValue> {
  readonly kind = 'list';

  /** `length` items, each by its index from 0. */
  constructor(
    readonly length: number,
    private readonly element: (index: number) => CelValue,
    /** How Kubernetes compares and joins the list; `atomic` where its schema says nothing. */
    readonly semantics: ListSemantics = atomic,
  ) {}

  static of(values: readonly CelValue[]): ListValue {
    return new ListValue(values.length, (index) => values[index] as CelValue);
  }

  /**
   * One list behind the other. Adding to the newest list shares its elements, so that a loop that appends one by one does not copy what it has;
   * neither argument changes.
   */
  static concat(left: ListValue, right: ListValue): ListValue {
    const shared = left.grows ? left.grown : [...left];
    for (const value of right) shared.push(value);
    const joined = new ListValue(shared.length, (index) => shared[index] as CelValue);
    joined.grown = shared;
    return joined;
  }

  /** The elements, where this list was made by `concat`: may be longer than the list, once a longer one shares them. */
  private grown: CelValue[] = [];

  /** Does `concat` leave the elements where they are? */
  get grows(): boolean {
    return this.length > 0 && this.grown.length === this.length;
  }

  /** `undefined` outside of the list. */
  at(index: number): CelValue | undefined {
    return index >= 0 && index < this.length ? this.element(index) : undefined;
  }

  *[Symbol.iterator](): Iterator<CelValue> {
    for (let index = 0; index < this.length; index += 1) yield this.element(index);
  }
}

/** `x-kubernetes-list-type` and the keys of a `map` list, as field names of the values. */
export type ListSemantics =
  | { readonly type: 'atomic' }
  | { readonly type: 'set' }
  | { readonly type: 'map'; readonly keys: readonly string[] };

const atomic: ListSemantics = { type: 'atomic' };
