import fc from 'fast-check';

/** Decisions that a property draws: the same numbers give the same decisions, and smaller ones the simpler. */
export class Choices {
  private at = 0;
  constructor(private readonly numbers: readonly number[]) {}

  /** 0 to `count - 1`; 0 when the numbers have run out. */
  below(count: number): number {
    const number = this.numbers[this.at++] ?? 0;
    return count <= 1 ? 0 : number % count;
  }

  of<T>(values: readonly [T, ...T[]]): T {
    return values[this.below(values.length)] ?? values[0];
  }
}

/** Enough numbers for one mutation and the largest value that it puts in. */
export const choiceNumbers: fc.Arbitrary<number[]> = fc.array(fc.nat({ max: 10_000 }), {
  minLength: 2,
  maxLength: 48,
  size: 'max',
});
