import { closeSync, mkdirSync, openSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { systemProcesses } from '@orrery/runtime';

/** Enough for a member's log and snapshots with this campaign's limits, several times. */
const sizeBytes = 32 * 1024 * 1024;
const pieceSizes = [1024 * 1024, 64 * 1024, 4 * 1024];

/** A small file system in memory, as the folder of one member, that can be filled up to its last byte. */
export class LimitedDisk {
  private constructor(private readonly folder: string) {}

  /** `folder` becomes the mount point. */
  static async mount(folder: string): Promise<LimitedDisk> {
    mkdirSync(folder, { recursive: true });
    await must('mount', '-t', 'tmpfs', '-o', `size=${sizeBytes}`, 'orrery-faults', folder);
    return new LimitedDisk(folder);
  }

  /** Takes all the space that is left. */
  fill(): void {
    const file = openSync(this.#ballast, 'a');
    try {
      for (const size of pieceSizes) writeUntilFull(file, Buffer.alloc(size, 1));
    } finally {
      closeSync(file);
    }
  }

  /** Gives back what `fill` took. */
  free(): void {
    rmSync(this.#ballast, { force: true });
  }

  /** Whoever had files open there must have ended. */
  async unmount(): Promise<void> {
    await must('umount', this.folder);
  }

  get #ballast(): string {
    return join(this.folder, 'ballast');
  }
}

function writeUntilFull(file: number, piece: Buffer): void {
  try {
    while (writeSync(file, piece) === piece.length);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
  }
}

async function must(command: string, ...args: readonly string[]): Promise<void> {
  const { exitCode, stderr } = await systemProcesses.run(command, args);
  if (exitCode !== 0) throw new Error(`${command} ${args.join(' ')}: ${stderr}`);
}
