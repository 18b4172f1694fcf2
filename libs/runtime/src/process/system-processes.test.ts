import { describe, expect, it } from '@jest/globals';
import { systemProcesses } from './system-processes.ts';

describe('systemProcesses', () => {
  it('runs a program to its end, with input and environment', async () => {
    const script = 'read line; echo "$line $NAME"; echo oops >&2; exit 3';
    const env = { NAME: 'you', PATH: process.env.PATH ?? '' };
    const result = await systemProcesses.run('sh', ['-c', script], { input: 'hello\n', env });
    expect(result).toEqual({ exitCode: 3, stdout: 'hello you\n', stderr: 'oops\n' });
  });

  it('says that there is no such program', async () => {
    const expected = { name: 'CommandNotFoundError', command: 'no-such-program' };
    await expect(systemProcesses.run('no-such-program', [])).rejects.toMatchObject(expected);
    await expect(systemProcesses.spawn('no-such-program', [])).rejects.toMatchObject(expected);
  });

  it('hands over output line by line, and tells how the child ended', async () => {
    const lines: string[] = [];
    const child = await systemProcesses.spawn('sh', ['-c', 'echo one; printf two'], {
      stdout: (line) => lines.push(line),
    });
    expect(await child.exited).toEqual({ kind: 'exited', exitCode: 0 });
    expect(lines).toEqual(['one', 'two']);
    child.kill();
  });

  it('ends a child by a signal, or when it is no longer wanted', async () => {
    const child = await systemProcesses.spawn('sleep', ['100']);
    child.kill('SIGKILL');
    expect(await child.exited).toEqual({ kind: 'signalled', signal: 'SIGKILL' });
    const abort = new AbortController();
    const running = systemProcesses.run('sleep', ['100'], { signal: abort.signal });
    abort.abort();
    expect((await running).exitCode).toBe(137);
  });
});
