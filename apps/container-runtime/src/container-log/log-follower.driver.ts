import { execFile } from 'node:child_process';
import { type FileHandle, mkdir, open, readFile, rename, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Clock, Logger } from '@orrery/runtime';
import { formatLogLines, logLineBytesMax } from './log-line.ts';

type StreamName = 'stdout' | 'stderr';

/** Consumed output beyond this is given back to the file system. */
const keptBytesMax = 16 * 1024 * 1024;
const readBytesMax = 256 * 1024;

/**
 * Turns what a container appends to two raw files into its log. Where it has come to is saved after each write, so that a restart
 * loses nothing; a crash between the two may repeat the last lines.
 */
export class LogFollower {
  private readonly watchers = new Set<(stream: StreamName, bytes: Uint8Array) => void>();
  private readonly offsets: Record<StreamName, number> = { stdout: 0, stderr: 0 };
  private readonly punched: Record<StreamName, number> = { stdout: 0, stderr: 0 };
  private readonly seen: Record<StreamName, number> = { stdout: 0, stderr: 0 };
  private log: FileHandle | undefined;
  private working: Promise<void> = Promise.resolve();
  private loaded = false;

  constructor(
    private readonly folder: string,
    private readonly logPath: string,
    private readonly clock: Clock,
    private readonly logger: Logger,
  ) {}

  /** Call whenever a raw file may have grown. Resolves when what was there has been written. `final`: nothing follows. */
  follow(final = false): Promise<void> {
    return this.enqueue(async () => {
      await this.loadOffsets();
      for (const stream of ['stdout', 'stderr'] as const) while (await this.copySome(stream, final));
    });
  }

  reopen(): Promise<void> {
    return this.enqueue(() => this.closeLog());
  }

  /** Passes on raw output from now on. */
  watch(watcher: (stream: StreamName, bytes: Uint8Array) => void): () => void {
    this.watchers.add(watcher);
    return () => this.watchers.delete(watcher);
  }

  async close(): Promise<void> {
    await this.enqueue(() => this.closeLog());
  }

  private async copySome(stream: StreamName, final: boolean): Promise<boolean> {
    const bytes = await this.readRaw(stream);
    const offset = this.offsets[stream];
    const fresh = bytes.subarray(Math.max(0, this.seen[stream] - offset));
    if (fresh.length > 0) for (const watch of this.watchers) watch(stream, fresh);
    this.seen[stream] = Math.max(this.seen[stream], offset + bytes.length);
    const lastNewline = bytes.lastIndexOf(0x0a);
    let taken = lastNewline + 1;
    if (taken === 0 && bytes.length >= logLineBytesMax)
      taken = Math.floor(bytes.length / logLineBytesMax) * logLineBytesMax;
    const ends = final && taken === 0 && bytes.length > 0;
    if (ends) taken = bytes.length;
    if (taken === 0) return false;
    const content = ends ? Buffer.concat([bytes, Buffer.from('\n')]) : bytes.subarray(0, taken);
    await this.append(formatLogLines(content, stream, this.clock.now()));
    this.offsets[stream] = offset + taken;
    await this.saveOffsets();
    this.giveBack(stream);
    return true;
  }

  private async readRaw(stream: StreamName): Promise<Uint8Array> {
    const file = await open(join(this.folder, stream)).catch(() => undefined);
    if (!file) return new Uint8Array();
    try {
      const buffer = Buffer.alloc(readBytesMax);
      const { bytesRead } = await file.read(buffer, 0, readBytesMax, this.offsets[stream]);
      return buffer.subarray(0, bytesRead);
    } finally {
      await file.close();
    }
  }

  private async append(lines: Uint8Array): Promise<void> {
    if (this.logPath === '') return;
    if (!this.log) {
      await mkdir(dirname(this.logPath), { recursive: true });
      this.log = await open(this.logPath, 'a', 0o640);
    }
    await this.log.appendFile(lines);
  }

  /** Makes a hole where the consumed bytes were: the container goes on appending to the same file. */
  private giveBack(stream: StreamName): void {
    if (this.offsets[stream] - this.punched[stream] < keptBytesMax) return;
    this.punched[stream] = this.offsets[stream];
    execFile('fallocate', ['-p', '-o', '0', '-l', String(this.offsets[stream]), join(this.folder, stream)], (error) => {
      if (error) this.logger.warn('consumed container output could not be given back', { folder: this.folder, error });
    });
  }

  private async loadOffsets(): Promise<void> {
    if (this.loaded) return;
    this.loaded = true;
    const text = await readFile(join(this.folder, 'offsets'), 'utf8').catch(() => '0 0');
    const [stdout = 0, stderr = 0] = text.split(' ').map(Number);
    Object.assign(this.offsets, { stdout, stderr });
    Object.assign(this.seen, { stdout, stderr });
  }

  private async saveOffsets(): Promise<void> {
    const path = join(this.folder, 'offsets');
    await writeFile(`${path}.new`, `${this.offsets.stdout} ${this.offsets.stderr}`);
    await rename(`${path}.new`, path);
  }

  private async closeLog(): Promise<void> {
    await this.log?.close();
    this.log = undefined;
  }

  private enqueue(work: () => Promise<void>): Promise<void> {
    this.working = this.working.then(work).catch((error: unknown) => {
      this.logger.error('container log could not be written', { path: this.logPath, error });
    });
    return this.working;
  }
}
