import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';

/** A program that ended as it should not have. */
export class ProgramFailedError extends Error {
  override readonly name = 'ProgramFailedError';
}

/** Runs a program to its end and answers what it printed. Throws `ProgramFailedError`. */
export async function runProgram(
  program: string,
  args: readonly string[],
  options: { readonly env?: NodeJS.ProcessEnv; readonly cwd?: string } = {},
): Promise<string> {
  const child = spawn(program, args, { ...options, stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  let errors = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    errors += text;
  });
  const [code] = await once(child, 'close');
  if (code !== 0) throw new ProgramFailedError(`${program} ${args.join(' ')} ended with ${code}: ${errors}${output}`);
  return output;
}

/** A program that works until it is disposed of. */
export class Server implements AsyncDisposable {
  readonly child: ChildProcess;

  constructor(program: string, args: readonly string[]) {
    this.child = spawn(program, args, { stdio: ['ignore', 'pipe', 'ignore'] });
    this.child.on('error', () => undefined);
  }

  /** The first line that it prints; rejects when it ends before. */
  async firstLine(): Promise<string> {
    let text = '';
    for await (const piece of this.child.stdout ?? []) {
      text += piece;
      if (text.includes('\n')) return text.slice(0, text.indexOf('\n'));
    }
    throw new ProgramFailedError(`${this.child.spawnfile} ended before it was ready`);
  }

  /** Throws what it prints away, so that it never waits for a reader. */
  silence(): this {
    this.child.stdout?.resume();
    return this;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const { child } = this;
    if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const exited = once(child, 'exit');
    child.kill('SIGTERM');
    const force = setTimeout(() => child.kill('SIGKILL'), 5_000);
    await exited;
    clearTimeout(force);
  }
}
