import { describe, expect, it } from '@jest/globals';
import { MemoryDisk } from '@orrery/runtime';
import { type LogOptions, type LogWatch, readLog } from './log-reader.ts';

const lines = [
  '2026-01-01T00:00:01.000000001Z stdout F one',
  '2026-01-01T00:00:02.000000001Z stderr F two',
  '2026-01-01T00:00:03.000000001Z stdout P thr',
  '2026-01-01T00:00:03.000000002Z stdout F ee',
];
const all: LogOptions = { timestamps: false, follow: false, stream: 'all' };
const ended: LogWatch = { changed: async () => undefined, isLive: async () => false };

async function read(disk: MemoryDisk, options: Partial<LogOptions>, watch = ended): Promise<string> {
  let text = '';
  for await (const part of readLog(disk, 'web/0.log', { ...all, ...options }, watch, new AbortController().signal)) {
    text += Buffer.from(part).toString();
  }
  return text;
}

async function diskWith(...content: string[]): Promise<MemoryDisk> {
  const disk = new MemoryDisk();
  await disk.writeFile('web/0.log', Buffer.from(content.map((line) => `${line}\n`).join('')));
  return disk;
}

describe('readLog', () => {
  const cases: [string, Partial<LogOptions>, string][] = [
    ['everything, partial lines put together', {}, 'one\ntwo\nthree\n'],
    ['with times', { timestamps: true, tailLines: 1 }, '2026-01-01T00:00:03.000000002Z ee\n'],
    ['the last lines', { tailLines: 3 }, 'two\nthree\n'],
    ['no lines', { tailLines: 0 }, ''],
    ['more lines than there are', { tailLines: 100 }, 'one\ntwo\nthree\n'],
    ['so many bytes', { limitBytes: 5 }, 'one\nt'],
    ['from a time on', { since: Date.parse('2026-01-01T00:00:02Z') }, 'two\nthree\n'],
    ['one stream', { stream: 'stderr' }, 'two\n'],
  ];
  it.each(cases)('reads %s', async (_title, options, expected) => {
    expect(await read(await diskWith(...lines), options)).toBe(expected);
  });

  it('of a container that has written nothing is empty', async () => {
    expect(await read(new MemoryDisk(), {})).toBe('');
  });

  it('follows until the container has ended, also across a rotation', async () => {
    const disk = await diskWith(...lines.slice(0, 1));
    const steps = [
      async () => (await disk.open('web/0.log')).append(Buffer.from(`${lines[1]}\n2026-01-01T00:00:03Z stdout F ha`)),
      async () => (await disk.open('web/0.log')).append(Buffer.from('lf\n')),
      async () => disk.writeFile('web/0.log', Buffer.from('2026-01-01T00:00:04Z stdout F new\n')),
    ];
    let left = steps.length;
    const watch: LogWatch = {
      isLive: async () => left > 0,
      changed: async () => {
        await steps[steps.length - left]?.();
        left--;
      },
    };
    expect(await read(disk, { follow: true }, watch)).toBe('one\ntwo\nhalf\nnew\n');
  });
});
