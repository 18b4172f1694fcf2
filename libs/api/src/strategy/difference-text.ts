/** Lines around a change that are shown with it. */
const contextLines = 3;
/** Longer values are shown as replaced whole: comparing takes the product of both lengths. */
const comparedLinesMax = 2_000;

interface Line {
  readonly mark: ' ' | '-' | '+';
  readonly text: string;
}

/** The change of a value as a unified diff of its JSON, for the text of an error. */
export function differenceText(before: unknown, after: unknown): string {
  const lines = compare(linesOf(before), linesOf(after));
  const shown = new Set<number>();
  for (const [i, { mark }] of lines.entries()) {
    if (mark === ' ') continue;
    for (let near = i - contextLines; near <= i + contextLines; near += 1) shown.add(near);
  }
  const texts: string[] = [];
  for (const [i, { mark, text }] of lines.entries()) {
    if (!shown.has(i)) continue;
    if (!shown.has(i - 1)) texts.push('@@');
    texts.push(`${mark}${text}`);
  }
  return `${texts.join('\n')}\n`;
}

function linesOf(value: unknown): string[] {
  // Without the commas, which would make a change of the line before each new one.
  return JSON.stringify(sorted(value), null, 2)
    .split('\n')
    .map((line) => line.replace(/,$/, ''));
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value ?? null;
  const fields = Object.entries(value)
    .filter(([, field]) => field !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(fields.map(([name, field]) => [name, sorted(field)]));
}

function compare(before: readonly string[], after: readonly string[]): Line[] {
  let head = 0;
  while (head < before.length && before[head] === after[head]) head += 1;
  let tail = 0;
  const most = Math.min(before.length, after.length) - head;
  while (tail < most && before[before.length - 1 - tail] === after[after.length - 1 - tail]) tail += 1;
  const unchanged = (text: string): Line => ({ mark: ' ', text });
  return [
    ...before.slice(0, head).map(unchanged),
    ...compareMiddle(before.slice(head, before.length - tail), after.slice(head, after.length - tail)),
    ...before.slice(before.length - tail).map(unchanged),
  ];
}

/** By the longest common subsequence. */
function compareMiddle(before: readonly string[], after: readonly string[]): Line[] {
  if (before.length > comparedLinesMax || after.length > comparedLinesMax) return replaced(before, after);
  const width = after.length + 1;
  const lengths = new Uint16Array((before.length + 1) * width);
  const at = (i: number, j: number) => lengths[i * width + j] ?? 0;
  for (let i = before.length - 1; i >= 0; i -= 1) {
    for (let j = after.length - 1; j >= 0; j -= 1) {
      const same = before[i] === after[j];
      lengths[i * width + j] = same ? at(i + 1, j + 1) + 1 : Math.max(at(i + 1, j), at(i, j + 1));
    }
  }
  const lines: Line[] = [];
  let [i, j] = [0, 0];
  while (i < before.length && j < after.length) {
    const text = before[i] ?? '';
    if (text === after[j]) {
      lines.push({ mark: ' ', text });
      i += 1;
      j += 1;
    } else if (at(i + 1, j) >= at(i, j + 1)) {
      lines.push({ mark: '-', text });
      i += 1;
    } else {
      lines.push({ mark: '+', text: after[j] ?? '' });
      j += 1;
    }
  }
  return [...lines, ...replaced(before.slice(i), after.slice(j))];
}

function replaced(before: readonly string[], after: readonly string[]): Line[] {
  return [
    ...before.map((text) => ({ mark: '-', text }) as const),
    ...after.map((text) => ({ mark: '+', text }) as const),
  ];
}
