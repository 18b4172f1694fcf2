import { formatTime, type Milliseconds } from '@orrery/runtime';

/** Longest content of one line of a log file; longer ones go on in the next, tagged partial. As containerd. */
export const logLineBytesMax = 16 * 1024;

const newline = 0x0a;

/**
 * `bytes` as lines of CRI's log format: `<RFC 3339 time> <stream> <F or P> <content>`. A line that does not end in `bytes`, or is too long
 * for one, is partial (`P`); what continues it is the next line of the same stream.
 */
export function formatLogLines(bytes: Uint8Array, stream: 'stdout' | 'stderr', at: Milliseconds): Uint8Array {
  const start = `${formatNanoTime(at)} ${stream} `;
  const full = Buffer.from(`${start}F `);
  const partial = Buffer.from(`${start}P `);
  const end = Buffer.from('\n');
  const parts: Uint8Array[] = [];
  for (let from = 0; from < bytes.length; ) {
    const ending = bytes.indexOf(newline, from);
    const lineEnd = ending < 0 ? bytes.length : ending;
    const to = Math.min(lineEnd, from + logLineBytesMax);
    const complete = to === ending;
    parts.push(complete ? full : partial, bytes.subarray(from, to), end);
    from = complete ? to + 1 : to;
  }
  return Buffer.concat(parts);
}

/** RFC 3339 with nine digits after the second. The clock knows milliseconds and, in its fraction, what is finer. */
export function formatNanoTime(at: Milliseconds): string {
  const nanoseconds = Math.floor((at - Math.floor(at / 1000) * 1000) * 1e6);
  return `${formatTime(at).slice(0, -1)}.${String(nanoseconds).padStart(9, '0')}Z`;
}
