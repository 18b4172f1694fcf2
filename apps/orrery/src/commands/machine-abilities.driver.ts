import { accessSync, constants, existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';

/** What keeps this machine from running real containers; empty where nothing does. Each names the fix. */
export function obstaclesToRealContainers(): string[] {
  if (process.platform !== 'linux') return [`real containers need Linux, this is ${process.platform}`];
  const obstacles: string[] = [];
  if (process.getuid?.() !== 0) obstacles.push('real containers need root: run as root, or use --containers simulated');
  for (const [program, debianPackage] of [
    ['runc', 'runc'],
    ['iptables', 'iptables'],
    ['ip', 'iproute2'],
  ] as const) {
    if (!onPath(program))
      obstacles.push(`${program} was not found; on Debian and Ubuntu: apt-get install ${debianPackage}`);
  }
  if (!['/usr/lib/cni/bridge', '/opt/cni/bin/bridge'].some((path) => existsSync(path))) {
    obstacles.push('the CNI plugins were not found; on Debian and Ubuntu: apt-get install containernetworking-plugins');
  }
  return obstacles;
}

function onPath(program: string): boolean {
  return (process.env.PATH ?? '').split(delimiter).some((folder) => {
    try {
      accessSync(join(folder, program), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}
