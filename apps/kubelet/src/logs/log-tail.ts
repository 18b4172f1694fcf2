import type { Disk } from '@orrery/runtime';
import { readLog } from './log-reader.ts';

/** The last lines of a log as text, at most `bytesMax` from its end; empty where there is no log. */
export async function readLogTail(disk: Disk, path: string, linesMax: number, bytesMax: number): Promise<string> {
  const options = { tailLines: linesMax, timestamps: false, follow: false, stream: 'all' } as const;
  const ended = { changed: async () => undefined, isLive: async () => false };
  const parts: Uint8Array[] = [];
  for await (const part of readLog(disk, path, options, ended, new AbortController().signal)) parts.push(part);
  const all = Buffer.concat(parts);
  return all.subarray(Math.max(0, all.length - bytesMax)).toString('utf8');
}
