import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { freePort } from '@orrery/testing';

/** Root of the repository: where a user types. */
export const repository = join(dirname(fileURLToPath(import.meta.url)), '..', '..');

/** How a command ended. */
export interface Outcome {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a program to its end; never rejects. `timeoutMs` ends one that hangs. */
export function run(
  program: string,
  args: readonly string[],
  options: { env?: NodeJS.ProcessEnv; timeoutMs?: number; input?: string } = {},
): Promise<Outcome> {
  const { env = process.env, timeoutMs = 120_000, input } = options;
  return new Promise((resolve) => {
    const child = execFile(
      program,
      args,
      { cwd: repository, env, timeout: timeoutMs, maxBuffer: 64 << 20 },
      (error, stdout, stderr) => {
        const exitCode = error ? (typeof error.code === 'number' ? error.code : 1) : 0;
        resolve({ exitCode, stdout, stderr: error?.killed ? `${stderr}\n(ended after ${timeoutMs} ms)` : stderr });
      },
    );
    // A program may end without reading what it is given.
    child.stdin?.on('error', () => {});
    child.stdin?.end(input);
  });
}

/** A cluster that the `orrery` command runs from a data folder of its own. */
export class CommandLineCluster {
  readonly data = mkdtempSync(join(tmpdir(), 'orrery-e2e-'));
  private port = 0;

  /** The command as a user types it. */
  orrery(...args: string[]): Promise<Outcome> {
    return run(process.execPath, [join(repository, 'apps/orrery/bin/orrery.js'), ...args, '--data', this.data]);
  }

  /** Starts the cluster on a free port, the same one each time. Throws with the command's own words. */
  async up(...options: string[]): Promise<string> {
    if (this.port === 0) this.port = await freePort();
    return succeeded(await this.orrery('up', '--port', String(this.port), ...options));
  }

  async down(): Promise<string> {
    return succeeded(await this.orrery('down'));
  }

  /** Runs kubectl against the cluster; never rejects. */
  kubectl(path: string, ...args: string[]): Promise<Outcome> {
    return run(path, args, { env: this.environment });
  }

  get environment(): NodeJS.ProcessEnv {
    return { ...process.env, KUBECONFIG: join(this.data, 'kubeconfig'), HOME: this.data };
  }

  /** Stops the cluster and removes its data. */
  async remove(): Promise<void> {
    const outcome = await this.orrery('down');
    rmSync(this.data, { recursive: true, force: true });
    succeeded(outcome);
  }
}

/** The standard output of a command that must succeed. */
export function succeeded({ exitCode, stdout, stderr }: Outcome): string {
  if (exitCode !== 0) throw new Error(`exit code ${exitCode}: ${stderr}${stdout}`);
  return stdout;
}
