import { type Figure, isMet, type Target } from './figure.ts';

export interface Result {
  readonly benchmark: string;
  readonly figures: readonly Figure[];
}

const header = ['what', 'value', 'unit', 'target', 'met', 'command'];

/** For the terminal: columns in line. */
export function plainTable(results: readonly Result[]): string {
  const rows = [header, ...results.flatMap(rowsOf)];
  const widths = header.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

/** For the README. */
export function markdownTable(results: readonly Result[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  const rule = header.map((name) => (name === 'value' ? '---:' : '---'));
  return [header, rule, ...results.flatMap(rowsOf)].map(line).join('\n');
}

function rowsOf({ benchmark, figures }: Result): string[][] {
  return figures.map((figure) => [
    figure.note ? `${figure.name} (${figure.note})` : figure.name,
    figure.value === undefined ? 'not measured' : numberText(figure.value),
    figure.unit,
    targetText(figure.target),
    { true: 'yes', false: 'no', undefined: '' }[`${isMet(figure)}`],
    `npm run bench ${benchmark}`,
  ]);
}

function targetText({ atMost, atLeast }: Target = {}): string {
  if (atMost !== undefined) return `≤ ${numberText(atMost)}`;
  return atLeast === undefined ? '' : `≥ ${numberText(atLeast)}`;
}

/** Three digits that count. */
function numberText(value: number): string {
  const digits = value >= 100 ? 0 : value >= 10 ? 1 : 2;
  return value.toLocaleString('en', { maximumFractionDigits: digits });
}
