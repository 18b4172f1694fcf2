import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from '@jest/globals';
import { startCluster, type TestCluster, type TestClusterOptions } from '@orrery/testing';
import { kubectlPath } from '../e2e/kubectl-versions.ts';

export interface Run {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

const outputBytesMax = 64 * 1024 * 1024;

/** Storage and an API server with HTTPS, in real time, and a folder with the kubeconfig that kubectl needs to talk to it. */
export class HttpsCluster {
  private constructor(
    readonly folder: string,
    readonly port: number,
    /** For what goes over the bus, and for waiting. */
    readonly cluster: TestCluster,
  ) {}

  /** `options`: what shall be different, such as the port (default a free one) or the services. */
  static async start(options: TestClusterOptions = {}): Promise<HttpsCluster> {
    const cluster = await startCluster({ services: ['storage', 'apiserver'], time: 'real', https: true, ...options });
    const folder = await mkdtemp(join(tmpdir(), 'orrery-api-'));
    await writeFile(join(folder, 'kubeconfig'), cluster.kubeconfig ?? '');
    return new HttpsCluster(folder, cluster.apiPort ?? 0, cluster);
  }

  get kubeconfig(): string {
    return this.cluster.kubeconfig ?? '';
  }

  get certificates(): TestCluster['certificates'] {
    return this.cluster.certificates;
  }

  /** What the services have logged. */
  get logger(): TestCluster['log'] {
    return this.cluster.log;
  }

  /** The environment in which kubectl finds this cluster. */
  get kubectlEnvironment(): NodeJS.ProcessEnv {
    return { ...process.env, KUBECONFIG: join(this.folder, 'kubeconfig'), HOME: this.folder };
  }

  /** What the API server has written to the audit log at `path`. */
  async auditEvents(path: string): Promise<Record<string, unknown>[]> {
    const bytes = (await this.cluster.disk('apiserver-1').readFile(path)) ?? new Uint8Array(0);
    const lines = Buffer.from(bytes).toString('utf8').split('\n');
    return lines.filter((line) => line !== '').map((line) => JSON.parse(line) as Record<string, unknown>);
  }

  /** `path`: which kubectl; default the one that a person would get. */
  kubectl(args: readonly string[], input = '', path = kubectlPath()): Promise<Run> {
    const options = { env: this.kubectlEnvironment, timeout: 30_000, maxBuffer: outputBytesMax };
    return new Promise((resolve) => {
      const child = execFile(path, [...args], options, (error, stdout, stderr) => {
        resolve({ exitCode: error === null ? 0 : Number(error.code ?? 1), stdout, stderr });
      });
      child.stdin?.end(input);
    });
  }

  /** Its cache begins with what is stored then: what happened before is history that it does not have. */
  async restartApiServer(): Promise<void> {
    await this.cluster.stop('apiserver-1');
    await this.cluster.start('apiserver-1');
  }

  /** The output of a kubectl command, its arguments in one text, that must end well and without complaint. */
  async kubectlOk(args: string, input?: string): Promise<string> {
    const { exitCode, stdout, stderr } = await this.kubectl(args.split(' '), input);
    expect({ args, exitCode, stderr }).toEqual({ args, exitCode: 0, stderr: expect.not.stringContaining('rror') });
    return stdout;
  }

  async stop(): Promise<void> {
    await this.cluster.close();
    await rm(this.folder, { recursive: true });
  }
}
