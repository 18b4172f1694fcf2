/** The least and the most that something may be; `max` is `Infinity` where nothing bounds it. */
export interface Range {
  readonly min: number;
  readonly max: number;
}

export const unknownRange: Range = { min: 0, max: Number.POSITIVE_INFINITY };
export const zero: Range = { min: 0, max: 0 };

export function exactly(value: number): Range {
  return { min: value, max: value };
}

export function add(...ranges: readonly Range[]): Range {
  return {
    min: ranges.reduce((sum, { min }) => sum + min, 0),
    max: ranges.reduce((sum, { max }) => sum + max, 0),
  };
}

export function multiply(left: Range, right: Range): Range {
  return { min: times(left.min, right.min), max: times(left.max, right.max) };
}

/** Each bound times `factor`, rounded up. */
export function scale({ min, max }: Range, factor: number): Range {
  return { min: Math.ceil(times(min, factor)), max: Math.ceil(times(max, factor)) };
}

/** From the smaller minimum to the larger maximum. */
export function union(left: Range, right: Range): Range {
  return { min: Math.min(left.min, right.min), max: Math.max(left.max, right.max) };
}

/** Nothing times anything is nothing, however large. */
function times(left: number, right: number): number {
  return left === 0 || right === 0 ? 0 : left * right;
}
