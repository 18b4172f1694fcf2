import { readdirSync, readFileSync } from 'node:fs';

/** A process and all that descend from it. */
export function processTree(root: number): number[] {
  const parents = new Map<number, number>();
  for (const name of readdirSync('/proc')) {
    const parent = /^\d+$/.test(name) ? parentOf(Number(name)) : undefined;
    if (parent !== undefined) parents.set(Number(name), parent);
  }
  const found = [root];
  for (const processId of found) {
    for (const [child, parent] of parents) if (parent === processId) found.push(child);
  }
  return found;
}

/** Memory of a process in MB, pages that it shares counted by its share. */
export function proportionalMegabytes(processId: number): number {
  const rollup = readFileSync(`/proc/${processId}/smaps_rollup`, 'utf8');
  return (Number(/^Pss:\s+(\d+) kB/m.exec(rollup)?.[1]) * 1024) / 1e6;
}

/** The kernel counts processor time in these. */
const ticksPerSecond = 100;

/** Processor time that a process has used since its start. */
export function processorSeconds(processId: number): number {
  const stat = readFileSync(`/proc/${processId}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) / ticksPerSecond;
}

/** Field 4 of /proc/<pid>/stat, counted behind the command's closing bracket. */
function parentOf(processId: number): number | undefined {
  try {
    const stat = readFileSync(`/proc/${processId}/stat`, 'utf8');
    return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]);
  } catch {
    // It ended while the list was read.
    return undefined;
  }
}
