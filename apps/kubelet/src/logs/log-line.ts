/** One line of a CRI log: `<RFC3339Nano> <stdout|stderr> <F|P> <text>`. `P`: the text goes on in the next line of the stream. */
export interface LogLine {
  /** As written, with nanoseconds. */
  readonly time: string;
  readonly stream: 'stdout' | 'stderr';
  readonly partial: boolean;
  /** Without line feed. */
  readonly text: Uint8Array;
}

const space = 0x20;

/** Undefined for what is no log line. */
export function parseLogLine(line: Uint8Array): LogLine | undefined {
  const first = line.indexOf(space);
  const second = first < 0 ? -1 : line.indexOf(space, first + 1);
  const third = second < 0 ? -1 : line.indexOf(space, second + 1);
  if (second < 0) return undefined;
  const end = third < 0 ? line.length : third;
  const stream = Buffer.from(line.subarray(first + 1, second)).toString('latin1');
  if (stream !== 'stdout' && stream !== 'stderr') return undefined;
  const tags = Buffer.from(line.subarray(second + 1, end)).toString('latin1');
  return {
    time: Buffer.from(line.subarray(0, first)).toString('latin1'),
    stream,
    partial: tags.split(':')[0] === 'P',
    text: third < 0 ? new Uint8Array(0) : line.subarray(third + 1),
  };
}
