import type { Clock, Disk, DiskFile, Logger } from '@orrery/runtime';
import { formatLogLines } from '../container-log/log-line.ts';

/** A simulated container's log in CRI's format. Lines are written in the order they were added. */
export class SimulatedLog {
  private file: DiskFile | undefined;
  private writing: Promise<void> = Promise.resolve();

  constructor(
    private readonly disk: Disk,
    private readonly path: string,
    private readonly clock: Clock,
    private readonly logger: Logger,
  ) {}

  add(stream: 'stdout' | 'stderr', bytes: Uint8Array): void {
    const lines = formatLogLines(bytes, stream, this.clock.now());
    this.enqueue(async () => {
      this.file ??= await this.disk.open(this.path);
      await this.file.append(lines);
    });
  }

  /** The file was moved away. */
  reopen(): Promise<void> {
    return this.close();
  }

  /** Resolves when every line is in the file. */
  close(): Promise<void> {
    return this.enqueue(async () => {
      await this.file?.close();
      this.file = undefined;
    });
  }

  private enqueue(work: () => Promise<void>): Promise<void> {
    this.writing = this.writing.then(work).catch((error: unknown) => {
      this.logger.error('container log could not be written', { path: this.path, error });
    });
    return this.writing;
  }
}
