import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startCluster, type TestCluster } from '@orrery/testing';

export interface Run {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Storage and an API server with HTTPS, in real time, and a folder with the kubeconfig that kubectl needs to talk to it. */
export class HttpsCluster {
  private constructor(
    readonly folder: string,
    readonly port: number,
    private readonly cluster: TestCluster,
  ) {}

  /** `wantedPort`: default a free one. */
  static async start(wantedPort?: number): Promise<HttpsCluster> {
    const cluster = await startCluster({
      services: ['storage', 'apiserver'],
      time: 'real',
      https: wantedPort === undefined ? true : { apiPort: wantedPort },
    });
    const folder = await mkdtemp(join(tmpdir(), 'orrery-api-'));
    await writeFile(join(folder, 'kubeconfig'), cluster.kubeconfig ?? '');
    return new HttpsCluster(folder, cluster.apiPort ?? 0, cluster);
  }

  get certificates(): TestCluster['certificates'] {
    return this.cluster.certificates;
  }

  /** What the services have logged. */
  get logger(): TestCluster['log'] {
    return this.cluster.log;
  }

  kubectl(args: readonly string[], input = ''): Promise<Run> {
    const env = { ...process.env, KUBECONFIG: join(this.folder, 'kubeconfig'), HOME: this.folder };
    return new Promise((resolve) => {
      const child = execFile('kubectl', [...args], { env, timeout: 30_000 }, (error, stdout, stderr) => {
        resolve({ exitCode: error === null ? 0 : Number(error.code ?? 1), stdout, stderr });
      });
      child.stdin?.end(input);
    });
  }

  async stop(): Promise<void> {
    await this.cluster.close();
    await rm(this.folder, { recursive: true });
  }
}
