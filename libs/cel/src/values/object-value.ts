import type { CelValue } from './cel-value.ts';

/** A value with the fields of its type. */
export class ObjectValue {
  readonly kind = 'object';

  constructor(
    readonly typeName: string,
    /** Names of the fields that are set, escaped. */
    private readonly set: () => Iterable<string>,
    private readonly field: (name: string) => CelValue | undefined,
  ) {}

  /** `undefined` where the field is not set. */
  get(name: string): CelValue | undefined {
    return this.field(name);
  }

  names(): string[] {
    return [...this.set()];
  }
}
