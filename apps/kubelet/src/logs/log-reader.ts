import { type Disk, type DiskFile, type Milliseconds, parseTime } from '@orrery/runtime';
import { type LogLine, parseLogLine } from './log-line.ts';

export interface LogOptions {
  /** Only the last lines; undefined: all. */
  readonly tailLines?: number;
  /** Ends after so many bytes, also within a line. */
  readonly limitBytes?: number;
  /** Only lines from then on. */
  readonly since?: Milliseconds;
  /** Each line begins with its time. */
  readonly timestamps: boolean;
  readonly follow: boolean;
  readonly stream: 'all' | 'stdout' | 'stderr';
}

/** What a reader that follows needs to know of the writer. */
export interface LogWatch {
  /** Resolves when the file may have grown, or after a while. */
  changed(path: string, signal: AbortSignal): Promise<void>;
  /** False when no more lines will come: the container has ended. */
  isLive(): Promise<boolean>;
}

const chunkBytes = 64 * 1024;
const lineFeed = 0x0a;

/** A container's log as the API serves it. Ends at the log's end; with `follow`, when the container has ended or `signal` aborts. */
export async function* readLog(
  disk: Disk,
  path: string,
  options: LogOptions,
  watch: LogWatch,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array> {
  let file = await disk.open(path);
  let left = options.limitBytes ?? Number.POSITIVE_INFINITY;
  try {
    let offset = options.tailLines === undefined ? 0 : await tailOffset(file, options.tailLines);
    let rest = new Uint8Array(0);
    for (;;) {
      const live = options.follow && !signal.aborted && (await watch.isLive());
      for (;;) {
        const chunk = await file.read(offset, chunkBytes);
        if (chunk.length === 0) break;
        offset += chunk.length;
        const { output, rest: remaining } = formatLines(joined(rest, chunk), options);
        rest = remaining;
        if (output.length === 0) continue;
        yield output.length > left ? output.subarray(0, left) : output;
        left -= output.length;
        if (left <= 0) return;
      }
      if (!live) return;
      await watch.changed(path, signal);
      await file.close();
      file = await disk.open(path);
      if (file.size < offset) offset = 0;
    }
  } finally {
    await file.close();
  }
}

/** The lines in `data` as they are served, and what follows the last line feed. */
export function formatLines(
  data: Uint8Array,
  options: LogOptions,
): { output: Uint8Array; rest: Uint8Array<ArrayBuffer> } {
  const parts: Uint8Array[] = [];
  let start = 0;
  for (let end = data.indexOf(lineFeed); end >= 0; end = data.indexOf(lineFeed, start)) {
    const line = parseLogLine(data.subarray(start, end));
    start = end + 1;
    if (!line || !isWanted(line, options)) continue;
    if (options.timestamps) parts.push(Buffer.from(`${line.time} `, 'latin1'));
    parts.push(line.text);
    if (!line.partial) parts.push(Uint8Array.of(lineFeed));
  }
  return { output: Buffer.concat(parts), rest: Uint8Array.from(data.subarray(start)) };
}

function isWanted(line: LogLine, { stream, since }: LogOptions): boolean {
  if (stream !== 'all' && stream !== line.stream) return false;
  if (since === undefined) return true;
  return (parseTime(line.time) ?? 0) >= since;
}

/** Where the last `lines` lines of the file begin. */
async function tailOffset(file: DiskFile, lines: number): Promise<number> {
  if (lines <= 0) return file.size;
  let found = 0;
  for (let end = file.size; end > 0; ) {
    const start = Math.max(0, end - chunkBytes);
    const chunk = await file.read(start, end - start);
    for (let i = chunk.length - 1; i >= 0; i--) {
      if (chunk[i] !== lineFeed || start + i === file.size - 1) continue;
      if (++found === lines) return start + i + 1;
    }
    end = start;
  }
  return 0;
}

function joined(a: Uint8Array, b: Uint8Array): Uint8Array {
  return a.length === 0 ? b : Buffer.concat([a, b]);
}
