/** What a figure is held against; `undefined` fields do not bind. */
export interface Target {
  readonly atMost?: number;
  readonly atLeast?: number;
}

/** One measured value. */
export interface Figure {
  readonly name: string;
  /** `undefined`: could not be measured here; `note` says why. */
  readonly value: number | undefined;
  readonly unit: string;
  readonly target?: Target;
  readonly note?: string;
}

/** One file of this folder: measures, cleans up, answers its figures. */
export interface Benchmark {
  readonly name: string;
  /** One line for the list of benchmarks. */
  readonly about: string;
  run(bench: Bench): Promise<Figure[]>;
}

/** What a benchmark gets from outside. */
export interface Bench {
  /** A folder of its own, removed afterwards. */
  readonly folder: string;
  /** Says as well what the server does with the processor's time, where the benchmark knows how to; figures are lower then. */
  readonly profile: boolean;
  /** Tells the person who waits what happens now. */
  progress(line: string): void;
}

export function isMet({ value, target }: Figure): boolean | undefined {
  if (!target || value === undefined) return undefined;
  const { atMost = Number.POSITIVE_INFINITY, atLeast = Number.NEGATIVE_INFINITY } = target;
  return value <= atMost && value >= atLeast;
}
