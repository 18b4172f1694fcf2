import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';

export interface CommandResult {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

const PATIENCE_MS = 20_000;

/** Runs Debian's `etcdctl`. `input` goes to its standard input, which is then closed. */
export async function etcdctl(
  endpoints: readonly string[],
  args: readonly string[],
  options: { input?: string; flags?: readonly string[] } = {},
): Promise<CommandResult> {
  const command = startEtcdctl(endpoints, args, options.flags);
  command.child.stdin.end(options.input ?? '');
  return command.ended();
}

/** A command that goes on until it is interrupted. */
export interface RunningCommand {
  readonly child: ChildProcessWithoutNullStreams;
  readonly output: () => string;
  /** Resolves with the output so far when it matches. Rejects when the command ends before. */
  until(pattern: RegExp): Promise<string>;
  /** As Ctrl-C does. */
  interrupt(): Promise<CommandResult>;
  ended(): Promise<CommandResult>;
}

export function startEtcdctl(
  endpoints: readonly string[],
  args: readonly string[],
  flags: readonly string[] = [],
): RunningCommand {
  const environment = { PATH: process.env.PATH ?? '/usr/bin', ETCDCTL_API: '3' };
  const child = spawn('etcdctl', [`--endpoints=${endpoints.join(',')}`, ...flags, ...args], { env: environment });
  const timer = setTimeout(() => child.kill('SIGKILL'), PATIENCE_MS);
  let stdout = '';
  let stderr = '';
  const waiting = new Set<() => void>();
  const tell = (): void => {
    for (const look of waiting) look();
  };
  child.stdout.on('data', (chunk: Buffer) => {
    stdout += chunk.toString('utf8');
    tell();
  });
  child.stderr.on('data', (chunk: Buffer) => {
    stderr += chunk.toString('utf8');
  });
  child.stdin.on('error', () => undefined);
  let closed = false;
  const ended = new Promise<CommandResult>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => {
      clearTimeout(timer);
      closed = true;
      tell();
      resolve({ code, stdout, stderr });
    });
  });
  return {
    child,
    output: () => stdout,
    ended: () => ended,
    until: (pattern) =>
      new Promise((resolve, reject) => {
        const look = (): void => {
          if (!pattern.test(stdout) && !closed) return;
          waiting.delete(look);
          if (pattern.test(stdout)) resolve(stdout);
          else reject(new Error(`etcdctl ${args.join(' ')} ended without ${pattern}: ${stdout}${stderr}`));
        };
        waiting.add(look);
        look();
      }),
    interrupt: () => {
      child.kill('SIGINT');
      return ended;
    },
  };
}
