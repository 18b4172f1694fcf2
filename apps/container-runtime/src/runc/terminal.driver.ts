import { readFile, readlink } from 'node:fs/promises';
import type { Processes } from '@orrery/runtime';
import type { TerminalSize } from '../cri-service/runtime-driver.ts';

/** Sets the size of the terminal that a `script` below `ancestor` made. Its program is told by the kernel. */
export async function resizeTerminal(
  processes: Processes,
  ancestor: number,
  { width, height }: TerminalSize,
): Promise<void> {
  const terminal = await findTerminal(ancestor);
  if (terminal) await processes.run('stty', ['-F', terminal, 'rows', String(height), 'cols', String(width)]);
}

async function findTerminal(pid: number): Promise<string | undefined> {
  const input = await readlink(`/proc/${pid}/fd/0`).catch(() => '');
  if (input.startsWith('/dev/pts/')) return input;
  const children = await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8').catch(() => '');
  for (const child of children.split(' ').filter(Boolean)) {
    const found = await findTerminal(Number(child));
    if (found) return found;
  }
  return undefined;
}
