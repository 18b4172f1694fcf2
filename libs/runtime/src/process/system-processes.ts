import { type ChildProcess as NodeChild, spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync } from 'node:fs';
import { constants } from 'node:os';
import { dirname } from 'node:path';
import { createInterface } from 'node:readline';
import { hasCode } from '../disk/system-error.ts';
import {
  type ChildProcess,
  CommandNotFoundError,
  type OutputTarget,
  type ProcessExit,
  type Processes,
  type ProcessOptions,
  type RunOptions,
  type RunResult,
} from './processes.ts';

const OUTPUT_BYTES_MAX = 64 * 1024 * 1024;

/** The machine's processes. */
export const systemProcesses: Processes = { spawn: spawnProcess, run: runProcess };

async function spawnProcess(
  command: string,
  args: readonly string[],
  options: ProcessOptions = {},
): Promise<ChildProcess> {
  const stdout = openTarget(options.stdout ?? 'ignore');
  const stderr = openTarget(options.stderr ?? 'ignore');
  const child = spawn(command, args, {
    cwd: options.cwd,
    env: options.env,
    detached: options.detached ?? false,
    stdio: ['ignore', stdout.stdio, stderr.stdio],
  });
  const exited = exitOf(child);
  try {
    await started(child, command);
  } finally {
    stdout.release();
    stderr.release();
  }
  stdout.attach(child.stdout);
  stderr.attach(child.stderr);
  if (options.detached) child.unref();
  return { pid: child.pid ?? 0, exited, kill: (signal = 'SIGTERM') => void child.kill(signal) };
}

async function runProcess(command: string, args: readonly string[], options: RunOptions = {}): Promise<RunResult> {
  const child = spawn(command, args, { cwd: options.cwd, env: options.env, stdio: 'pipe' });
  const kill = (): void => void child.kill('SIGKILL');
  const outputBytesMax = options.outputBytesMax ?? OUTPUT_BYTES_MAX;
  const stdout = collect(child.stdout, outputBytesMax, kill);
  const stderr = collect(child.stderr, outputBytesMax, kill);
  const exited = exitOf(child);
  await started(child, command);
  // A child that ends without reading its input breaks the pipe; its exit code tells what there is to tell.
  child.stdin.on('error', () => undefined);
  child.stdin.end(options.input ?? '');
  if (options.signal?.aborted) kill();
  options.signal?.addEventListener('abort', kill, { once: true });
  const exit = await exited;
  options.signal?.removeEventListener('abort', kill);
  return { exitCode: exitCodeOf(exit), stdout: stdout(), stderr: stderr() };
}

function started(child: NodeChild, command: string): Promise<void> {
  return new Promise((resolve, reject) => {
    child.once('spawn', resolve);
    child.once('error', (error) => {
      const missing = hasCode(error, 'ENOENT') || hasCode(error, 'EACCES');
      reject(missing ? new CommandNotFoundError(command, { cause: error }) : error);
    });
  });
}

function exitOf(child: NodeChild): Promise<ProcessExit> {
  return new Promise((resolve) => {
    child.once('close', (exitCode: number | null, signal: string | null) => {
      if (signal !== null) resolve({ kind: 'signalled', signal });
      else resolve({ kind: 'exited', exitCode: exitCode ?? 0 });
    });
  });
}

function exitCodeOf(exit: ProcessExit): number {
  if (exit.kind === 'exited') return exit.exitCode;
  const numbers: Readonly<Record<string, number>> = constants.signals;
  return 128 + (numbers[exit.signal] ?? 0);
}

interface OpenTarget {
  readonly stdio: 'ignore' | 'inherit' | 'pipe' | number;
  /** Connects a pipe to its reader. */
  attach(stream: NodeJS.ReadableStream | null): void;
  /** Closes our side of a file; the child has its own. */
  release(): void;
}

function openTarget(target: OutputTarget): OpenTarget {
  const nothing = (): void => undefined;
  if (typeof target === 'string') return { stdio: target, attach: nothing, release: nothing };
  if (typeof target === 'function') {
    const attach = (stream: NodeJS.ReadableStream | null): void => {
      if (stream) createInterface({ input: stream, crlfDelay: Number.POSITIVE_INFINITY }).on('line', target);
    };
    return { stdio: 'pipe', attach, release: nothing };
  }
  mkdirSync(dirname(target.file), { recursive: true });
  const descriptor = openSync(target.file, 'a', 0o600);
  return { stdio: descriptor, attach: nothing, release: () => closeSync(descriptor) };
}

function collect(stream: NodeJS.ReadableStream, bytesMax: number, overflow: () => void): () => string {
  const chunks: Buffer[] = [];
  let size = 0;
  stream.on('data', (chunk: Buffer) => {
    size += chunk.length;
    if (size > bytesMax) overflow();
    else chunks.push(chunk);
  });
  return () => Buffer.concat(chunks).toString('utf8');
}
