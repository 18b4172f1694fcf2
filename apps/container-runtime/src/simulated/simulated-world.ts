import type { SandboxRecord } from '../cri-service/records.ts';
import type { ContainerPlan } from '../cri-service/runtime-driver.ts';
import { type HostFolder, pathOnDisk } from './host-folder.ts';
import type { ShellWorld } from './simulated-shell.ts';

/** What commands in a simulated container see: its environment, its hostname, what is mounted, and three files of /etc. */
export function simulatedWorld(
  container: ContainerPlan,
  sandbox: SandboxRecord,
  volumes: HostFolder | undefined,
): ShellWorld {
  const { config } = container;
  const hostname = sandbox.config.hostname || sandbox.config.metadata?.name || '';
  const hostPathOf = (path: string): string | undefined => {
    const mounts = config.mounts.filter(
      ({ containerPath }) => path === containerPath || path.startsWith(`${containerPath}/`),
    );
    const mount = mounts.sort((a, b) => b.containerPath.length - a.containerPath.length)[0];
    return mount && mount.hostPath + path.slice(mount.containerPath.length);
  };
  const onDisk = (path: string): string | undefined => {
    const hostPath = hostPathOf(path);
    return volumes && hostPath !== undefined ? pathOnDisk(volumes, hostPath) : undefined;
  };
  const own: Record<string, () => string> = {
    '/etc/hostname': () => `${hostname}\n`,
    '/etc/hosts': () => `127.0.0.1\tlocalhost\n${sandbox.ips[0] ?? '127.0.0.1'}\t${hostname}\n`,
    '/etc/resolv.conf': () => resolvConf(sandbox),
  };
  return {
    hostname,
    env: {
      PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
      HOSTNAME: hostname,
      ...Object.fromEntries(config.envs.map(({ key, value }) => [key, new TextDecoder().decode(value)])),
    },
    async readFile(path) {
      const mounted = onDisk(path);
      const content = mounted === undefined ? undefined : await volumes?.disk.readFile(mounted);
      if (content) return content;
      const text = own[path]?.();
      return text === undefined ? undefined : new TextEncoder().encode(text);
    },
    async list(path) {
      const mounted = onDisk(path.replace(/\/$/, ''));
      return mounted === undefined ? [] : ((await volumes?.disk.list(mounted)) ?? []);
    },
  };
}

function resolvConf(sandbox: SandboxRecord): string {
  const { servers = [], searches = [], options = [] } = sandbox.config.dnsConfig ?? {};
  const lines = servers.map((server) => `nameserver ${server}`);
  if (searches.length > 0) lines.push(`search ${searches.join(' ')}`);
  if (options.length > 0) lines.push(`options ${options.join(' ')}`);
  return lines.map((line) => `${line}\n`).join('');
}
