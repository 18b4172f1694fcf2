import { mkdir, rm, statfs, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { namespaceModes } from '@orrery/cri';
import type { Processes } from '@orrery/runtime';
import type { SandboxRecord } from '../cri-service/records.ts';
import { mountTmpfs, mustRun, unmount } from './mounts.driver.ts';

/** What statfs says of a bound namespace file. */
const namespaceFileSystem = 0x6e736673;
const shmBytes = 64 * 1024 * 1024;

/** A pod's namespaces and shared files. The namespaces are bound to files and need no process to hold them. */
export class SandboxNamespaces {
  constructor(
    private readonly folder: string,
    private readonly processes: Processes,
  ) {}

  folderOf(id: string): string {
    return join(this.folder, id);
  }

  async create(sandbox: SandboxRecord): Promise<void> {
    const folder = this.folderOf(sandbox.id);
    await mkdir(join(folder, 'shm'), { recursive: true });
    const { hostname, dnsConfig } = sandbox.config;
    await writeFile(join(folder, 'hostname'), `${hostname}\n`);
    await writeFile(join(folder, 'hosts'), `127.0.0.1\tlocalhost\n::1\tlocalhost ip6-localhost\n`);
    await writeFile(join(folder, 'resolv.conf'), resolvConf(dnsConfig));
    await mountTmpfs(this.processes, join(folder, 'shm'), shmBytes);
    const args: string[] = [];
    for (const [type, path] of Object.entries(this.pathsOf(sandbox))) {
      await writeFile(path, '');
      args.push(`--${type === 'network' ? 'net' : type}=${path}`);
    }
    if (args.length > 0)
      await mustRun(this.processes, 'unshare', [
        ...args,
        'busybox',
        ...(hostname && !this.onHostNetwork(sandbox) ? ['hostname', hostname] : ['true']),
      ]);
  }

  /** Namespace files by OCI type; the host's namespaces have none. */
  pathsOf(sandbox: SandboxRecord): { network?: string; uts?: string; ipc?: string } {
    const folder = this.folderOf(sandbox.id);
    const hostIpc = sandbox.config.linux?.securityContext?.namespaceOptions?.ipc === namespaceModes.node;
    return {
      ...(!this.onHostNetwork(sandbox) && { network: join(folder, 'net'), uts: join(folder, 'uts') }),
      ...(!hostIpc && { ipc: join(folder, 'ipc') }),
    };
  }

  podFiles(sandbox: SandboxRecord): Record<string, string> {
    const folder = this.folderOf(sandbox.id);
    const hostIpc = sandbox.config.linux?.securityContext?.namespaceOptions?.ipc === namespaceModes.node;
    return {
      '/dev/shm': hostIpc ? '/dev/shm' : join(folder, 'shm'),
      '/etc/hosts': join(folder, 'hosts'),
      '/etc/hostname': join(folder, 'hostname'),
      '/etc/resolv.conf': sandbox.config.dnsConfig ? join(folder, 'resolv.conf') : '/etc/resolv.conf',
    };
  }

  onHostNetwork(sandbox: SandboxRecord): boolean {
    return sandbox.config.linux?.securityContext?.namespaceOptions?.network === namespaceModes.node;
  }

  async isAlive(sandbox: SandboxRecord): Promise<boolean> {
    for (const path of Object.values(this.pathsOf(sandbox)))
      if ((await statfs(path).catch(() => undefined))?.type !== namespaceFileSystem) return false;
    return true;
  }

  async nameAddress(sandbox: SandboxRecord, ip: string | undefined): Promise<void> {
    if (ip === undefined) return;
    const hosts = `127.0.0.1\tlocalhost\n::1\tlocalhost ip6-localhost\n${ip}\t${sandbox.config.hostname}\n`;
    await writeFile(join(this.folderOf(sandbox.id), 'hosts'), hosts);
  }

  /** Lets go of the namespaces: the kernel removes them when no process is left in them. */
  async release(sandbox: SandboxRecord): Promise<void> {
    for (const path of [...Object.values(this.pathsOf(sandbox)), join(this.folderOf(sandbox.id), 'shm')])
      await unmount(this.processes, path);
  }

  async remove(sandbox: SandboxRecord): Promise<void> {
    await this.release(sandbox);
    await rm(this.folderOf(sandbox.id), { recursive: true, force: true });
  }
}

function resolvConf(dns: SandboxRecord['config']['dnsConfig']): string {
  const lines = (dns?.servers ?? []).map((server) => `nameserver ${server}`);
  if (dns && dns.searches.length > 0) lines.unshift(`search ${dns.searches.join(' ')}`);
  if (dns && dns.options.length > 0) lines.push(`options ${dns.options.join(' ')}`);
  return lines.map((line) => `${line}\n`).join('');
}
