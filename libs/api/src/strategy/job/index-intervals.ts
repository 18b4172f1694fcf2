/** Pod indexes as a job's status lists them: `1,3-5,7`. A text that breaks the rules. The message is upstream's. */
export class IndexIntervalsError extends Error {
  override readonly name = 'IndexIntervalsError';
}

/** Both ends count. */
interface Interval {
  readonly first: number;
  readonly last: number;
}

/** How many indexes the text names, all below `completions`. Throws `IndexIntervalsError`. */
export function countIndexes(text: string, completions: number): number {
  if (text === '') return 0;
  let total = 0;
  let previous: number | undefined;
  for (const fragment of text.split(',')) {
    const { first, last } = parseInterval(fragment, completions);
    if (previous !== undefined && previous >= first) throw nonIncreasing(previous, first);
    total += last - first + 1;
    previous = last;
  }
  return total;
}

/** The first index that both texts name; `undefined` without one. Malformed fragments are reported elsewhere. */
export function firstCommonIndex(a: string, b: string, completions: number): number | undefined {
  const others = wellFormed(b, completions);
  for (const one of wellFormed(a, completions)) {
    const other = others.find(({ first, last }) => one.first <= last && first <= one.last);
    if (other) return Math.max(one.first, other.first);
  }
  return undefined;
}

function wellFormed(text: string, completions: number): Interval[] {
  if (text === '') return [];
  return text.split(',').flatMap((fragment) => {
    try {
      return [parseInterval(fragment, completions)];
    } catch (error) {
      if (error instanceof IndexIntervalsError) return [];
      throw error;
    }
  });
}

function parseInterval(fragment: string, completions: number): Interval {
  const [start = '', end, ...more] = fragment.split('-');
  if (more.length > 0) {
    throw new IndexIntervalsError(
      `the fragment ${JSON.stringify(fragment)} violates the requirement that an index interval can have at most two parts separated by '-'`,
    );
  }
  const first = parseIndex(start, completions);
  if (end === undefined) return { first, last: first };
  const last = parseIndex(end, completions);
  if (first >= last) throw nonIncreasing(first, last);
  return { first, last };
}

function parseIndex(text: string, completions: number): number {
  if (!/^[+-]?\d+$/.test(text)) {
    throw new IndexIntervalsError(`cannot convert string to integer for index: ${JSON.stringify(text)}`);
  }
  const index = Number(text);
  if (index >= completions) throw new IndexIntervalsError(`too large index: ${JSON.stringify(text)}`);
  return index;
}

function nonIncreasing(previous: number, current: number): IndexIntervalsError {
  return new IndexIntervalsError(`non-increasing order, previous: ${previous}, current: ${current}`);
}
