import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { apiServerService } from '@orrery/apiserver';
import { MemoryBroker, Subjects } from '@orrery/bus';
import { MemoryDisk, MemoryLogger, systemHost } from '@orrery/runtime';
import { type RunningService, startService } from '@orrery/service';
import { storageService } from '@orrery/storage';
import {
  type ClusterCertificates,
  ensureClusterCertificates,
} from '../../apps/orrery/src/certificates/cluster-certificates.ts';
import { apiServerConfig } from './cluster.ts';

export interface Run {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Storage and an API server with HTTPS on a free port, in real time, and kubectl to talk to it. */
export class HttpsCluster {
  private constructor(
    readonly folder: string,
    readonly port: number,
    readonly logger: MemoryLogger,
    readonly certificates: ClusterCertificates,
    private readonly services: readonly RunningService[],
  ) {}

  static async start(wantedPort?: number): Promise<HttpsCluster> {
    const folder = await mkdtemp(join(tmpdir(), 'orrery-api-'));
    const logger = new MemoryLogger();
    const host = { ...systemHost({ dataFolder: folder, logger }), disk: new MemoryDisk() };
    const certificates = await ensureClusterCertificates(new MemoryDisk(), {
      apiserver: ['127.0.0.1', 'localhost'],
      nodes: { 'node-1': ['127.0.0.1'] },
    });
    const port = wantedPort ?? (await freePort());
    const bus = new MemoryBroker({ timers: host.timers }).connect();
    const context = { host, bus, subjects: new Subjects('test') };
    const facts = { processId: 1, version: 'test' };
    const config = {
      ...apiServerConfig(),
      advertiseAddress: '127.0.0.1',
      certificateAuthority: certificates.authority.certificate,
      kubelet: {
        certificate: certificates.apiserverToKubelet.certificate,
        key: certificates.apiserverToKubelet.key,
        certificateAuthority: certificates.authority.certificate,
      },
      https: {
        bindAddress: '127.0.0.1',
        port,
        certificate: certificates.apiserver.certificate,
        key: certificates.apiserver.key,
        clientCertificateAuthority: certificates.authority.certificate,
      },
    };
    const storage = await startService(
      storageService,
      { member: 'a', members: ['a'] },
      { ...context, instance: 'a' },
      facts,
    );
    const services = [storage];
    try {
      services.push(await startService(apiServerService, config, { ...context, instance: 'apiserver-1' }, facts));
    } catch (error) {
      await storage.stop();
      await rm(folder, { recursive: true });
      throw error;
    }
    const base64 = (text: string): string => Buffer.from(text).toString('base64');
    const kubeconfig = {
      apiVersion: 'v1',
      kind: 'Config',
      clusters: [
        {
          name: 'test',
          cluster: {
            server: `https://127.0.0.1:${port}`,
            'certificate-authority-data': base64(certificates.authority.certificate),
          },
        },
      ],
      users: [
        {
          name: 'admin',
          user: {
            'client-certificate-data': base64(certificates.admin.certificate),
            'client-key-data': base64(certificates.admin.key),
          },
        },
      ],
      contexts: [{ name: 'test', context: { cluster: 'test', user: 'admin' } }],
      'current-context': 'test',
    };
    await writeFile(join(folder, 'kubeconfig'), JSON.stringify(kubeconfig));
    return new HttpsCluster(folder, port, logger, certificates, services);
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
    for (const service of [...this.services].reverse()) await service.stop();
    await rm(this.folder, { recursive: true });
  }
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
