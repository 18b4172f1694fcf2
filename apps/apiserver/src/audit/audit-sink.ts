import type { Disk, DiskFile, Logger } from '@orrery/runtime';

/** Where audit events go. Never throws: what cannot be written is counted. */
export interface AuditSink {
  write(line: string): void;
  stop(): Promise<void>;
}

/** Bytes that may wait for the disk; events beyond are lost, and counted. */
const pendingBytesMax = 8 * 1024 * 1024;

/** JSON lines at the end of a file, written in the order in which they came. */
export class AuditFile implements AuditSink {
  /** Events that could not be written. */
  lost = 0;
  private pending: Buffer[] = [];
  private pendingBytes = 0;
  private writing: Promise<void> | undefined;
  private file: Promise<DiskFile> | undefined;

  constructor(
    private readonly disk: Disk,
    private readonly path: string,
    private readonly logger: Logger,
  ) {}

  write(line: string): void {
    const bytes = Buffer.from(`${line}\n`);
    if (this.pendingBytes + bytes.length > pendingBytesMax) {
      this.lost += 1;
      return;
    }
    this.pending.push(bytes);
    this.pendingBytes += bytes.length;
    this.writing ??= this.drain();
  }

  async stop(): Promise<void> {
    await this.writing;
    const file = await this.file?.catch(() => undefined);
    this.file = undefined;
    await file?.close();
  }

  private async drain(): Promise<void> {
    while (this.pending.length > 0) {
      const taken = this.pending;
      this.pending = [];
      this.pendingBytes = 0;
      await this.append(taken);
    }
    this.writing = undefined;
  }

  private async append(events: readonly Buffer[]): Promise<void> {
    try {
      this.file ??= this.disk.open(this.path);
      await (await this.file).append(Buffer.concat(events));
    } catch (error) {
      this.file = undefined;
      this.lost += events.length;
      this.logger.error('audit events are lost', { error, events: events.length });
    }
  }
}
