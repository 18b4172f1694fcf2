import { readFile } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { CriError } from '@orrery/cri';
import type { Processes } from '@orrery/runtime';

export interface OverlayMount {
  /** The lowest first; all in one folder. */
  readonly lower: readonly string[];
  readonly upper: string;
  readonly work: string;
  readonly target: string;
}

export async function mountOverlay(processes: Processes, { lower, upper, work, target }: OverlayMount): Promise<void> {
  // Relative to their folder: all options together have to fit into one page.
  const cwd = dirname(lower[0] ?? upper);
  const lowerdir = lower
    .map((path) => basename(path))
    .reverse()
    .join(':');
  await mustRun(
    processes,
    'mount',
    ['-t', 'overlay', 'overlay', '-o', `lowerdir=${lowerdir},upperdir=${upper},workdir=${work}`, target],
    cwd,
  );
}

export async function mountTmpfs(processes: Processes, target: string, sizeBytes: number): Promise<void> {
  await mustRun(processes, 'mount', [
    '-t',
    'tmpfs',
    '-o',
    `nosuid,nodev,noexec,mode=1777,size=${sizeBytes}`,
    'shm',
    target,
  ]);
}

/** Takes every mount at `path` away, at once even where it is in use. Nothing happens where there is none. */
export async function unmount(processes: Processes, path: string): Promise<void> {
  for (let count = await mountsAt(path); count > 0; count--) await mustRun(processes, 'umount', ['-l', path]);
}

async function mountsAt(path: string): Promise<number> {
  const mounts = (await readFile('/proc/self/mountinfo', 'utf8')).split('\n');
  const escaped = path.replace(/[ \t\n\\]/g, (char) => `\\${char.charCodeAt(0).toString(8).padStart(3, '0')}`);
  return mounts.filter((line) => line.split(' ')[4] === escaped).length;
}

export async function mustRun(
  processes: Processes,
  command: string,
  args: readonly string[],
  cwd?: string,
): Promise<string> {
  const { exitCode, stdout, stderr } = await processes.run(command, args, cwd === undefined ? {} : { cwd });
  if (exitCode !== 0) throw new CriError('unknown', `${command} failed: ${stderr.trim() || `exit code ${exitCode}`}`);
  return stdout;
}
