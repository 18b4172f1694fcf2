import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { CriError } from '@orrery/cri';
import type { Processes } from '@orrery/runtime';
import type { ExecCommand, PortIo, ProcessIo } from '../cri-service/runtime-driver.ts';
import type { Runc } from './container-process.driver.ts';
import { lastRuncError } from './container-shim.ts';
import type { OciProcess } from './oci-spec.ts';
import { resizeTerminal } from './terminal.driver.ts';

export interface ExecOptions {
  readonly containerId: string;
  readonly folder: string;
  /** Unique in the folder. */
  readonly name: string;
  readonly command: ExecCommand;
}

/** Runs a command in a container and resolves with its exit code. */
export async function execInContainer(
  runc: Runc,
  processes: Processes,
  options: ExecOptions,
  io: ProcessIo,
  signal: AbortSignal,
): Promise<number> {
  const { containerId, folder, name, command } = options;
  const file = (kind: string) => join(folder, `exec-${name}.${kind}`);
  const spec = JSON.parse(await readFile(join(folder, 'bundle', 'config.json'), 'utf8')) as { process: OciProcess };
  const env = command.tty ? [...spec.process.env, 'TERM=xterm'] : spec.process.env;
  await writeFile(file('json'), JSON.stringify({ ...spec.process, env, args: command.argv, terminal: command.tty }));
  const args = [
    '--root',
    runc.stateFolder,
    '--log',
    file('log'),
    '--log-format',
    'json',
    'exec',
    '--pid-file',
    file('pid'),
    '--process',
    file('json'),
    containerId,
  ];
  const child = command.tty
    ? spawn('script', ['-qefc', [runc.path, ...args].map(quote).join(' '), '/dev/null'], { stdio: 'pipe' })
    : spawn(runc.path, args, { stdio: 'pipe' });
  const kill = () => void killInside(processes, file('pid'), child);
  signal.addEventListener('abort', kill, { once: true });
  try {
    void resizeEach(processes, child, io);
    const exitCode = await connect(child, io);
    const started = await readFile(file('pid'), 'utf8').then(
      () => true,
      () => false,
    );
    if (started || signal.aborted) return exitCode;
    const why = lastRuncError(await readFile(file('log'), 'utf8').catch(() => '')) ?? `exit code ${exitCode}`;
    throw new CriError(
      'unknown',
      `failed to exec in container: failed to start exec "${name}": OCI runtime exec failed: ${why}: unknown`,
    );
  } finally {
    signal.removeEventListener('abort', kill);
    for (const kind of ['json', 'log', 'pid']) await rm(file(kind), { force: true });
  }
}

/** Speaks to a port inside of a network namespace. */
export async function connectToPort(netnsPath: string, port: number, io: PortIo, signal: AbortSignal): Promise<void> {
  const inside = netnsPath === '' ? [] : [`--net=${netnsPath}`];
  const child = spawn('nsenter', [...inside, 'busybox', 'nc', '127.0.0.1', String(port)], { stdio: 'pipe' });
  const kill = () => child.kill('SIGKILL');
  signal.addEventListener('abort', kill, { once: true });
  let problem = '';
  try {
    const exitCode = await connect(child, {
      stdin: io.incoming,
      stdout: (chunk) => io.outgoing(chunk),
      stderr: async (chunk) => {
        problem += Buffer.from(chunk).toString().slice(0, 1000);
      },
    });
    if (exitCode !== 0 && !signal.aborted)
      throw new CriError(
        'unknown',
        `failed to connect to localhost:${port} inside namespace: ${problem.trim().replace(/^nc: /, '')}`,
      );
  } finally {
    signal.removeEventListener('abort', kill);
  }
}

async function connect(child: ChildProcessWithoutNullStreams, io: ProcessIo): Promise<number> {
  const ended = new Promise<number>((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code, name) => resolve(code ?? (name === 'SIGKILL' ? 137 : 143)));
  });
  void feed(child, io);
  const outputs = Promise.all([drain(child.stdout, io.stdout?.bind(io)), drain(child.stderr, io.stderr?.bind(io))]);
  const exitCode = await ended;
  await outputs;
  return exitCode;
}

async function drain(from: Readable, to: ((chunk: Uint8Array) => Promise<void>) | undefined): Promise<void> {
  for await (const chunk of from) await to?.(chunk as Uint8Array);
}

async function feed(child: ChildProcessWithoutNullStreams, { stdin }: ProcessIo): Promise<void> {
  // The program may end before its input does.
  child.stdin.on('error', () => {});
  for await (const chunk of stdin ?? []) {
    if (child.stdin.destroyed) return;
    if (!child.stdin.write(chunk))
      await new Promise<void>((resolve) => child.stdin.once('drain', resolve).once('close', resolve));
  }
  child.stdin.end();
}

async function resizeEach(
  processes: Processes,
  child: ChildProcessWithoutNullStreams,
  { resize }: ProcessIo,
): Promise<void> {
  for await (const size of resize ?? []) if (child.pid !== undefined) await resizeTerminal(processes, child.pid, size);
}

async function killInside(processes: Processes, pidFile: string, child: ChildProcessWithoutNullStreams): Promise<void> {
  const pid = await readFile(pidFile, 'utf8').catch(() => '');
  if (/^\d+$/.test(pid.trim())) await processes.run('kill', ['-KILL', pid.trim()]);
  child.kill('SIGKILL');
}

function quote(word: string): string {
  return `'${word.replaceAll("'", `'\\''`)}'`;
}
