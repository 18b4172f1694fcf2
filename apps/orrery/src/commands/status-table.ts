import type { UnitStatus } from '../launcher/unit.ts';

const headings = ['SERVICE', 'INSTANCE', 'STATE', 'PROCESS', 'HEALTH', 'VERSION'] as const;

/** One line for each part of the cluster, in columns. */
export function statusTable(units: readonly UnitStatus[]): string {
  const rows = units.map((unit) => [
    unit.service,
    unit.instance,
    unit.state,
    unit.processId === 0 ? '-' : String(unit.processId),
    healthText(unit),
    unit.version || '-',
  ]);
  const widths = headings.map((heading, column) =>
    Math.max(heading.length, ...rows.map((row) => row[column]?.length ?? 0)),
  );
  return [headings, ...rows]
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('   ')
        .trimEnd(),
    )
    .join('\n');
}

function healthText({ state, healthy, message }: UnitStatus): string {
  if (state !== 'running') return '-';
  return healthy ? 'healthy' : `unhealthy: ${message}`;
}
