import { readFile, statfs } from 'node:fs/promises';
import { arch, availableParallelism, platform, release, totalmem } from 'node:os';
import type { Machine, MachineFacts } from './machine.ts';

const goArchitectures: Readonly<Record<string, string>> = { x64: 'amd64', ia32: '386' };

/** The machine that this process runs on. */
export class HostMachine implements Machine {
  /** `folder`: on the disk whose size is the node's ephemeral storage. */
  constructor(private readonly folder: string) {}

  async facts(): Promise<MachineFacts> {
    const machineId = (await textOf('/etc/machine-id')).trim();
    return {
      cpus: availableParallelism(),
      memoryBytes: totalmem(),
      ephemeralStorageBytes: await this.storageBytes(),
      operatingSystem: platform(),
      architecture: goArchitectures[arch()] ?? arch(),
      kernelVersion: release(),
      osImage: /^PRETTY_NAME="?([^"\n]*)/m.exec(await textOf('/etc/os-release'))?.[1] ?? platform(),
      machineId,
      systemUuid: (await textOf('/sys/class/dmi/id/product_uuid')).trim() || machineId,
      bootId: (await textOf('/proc/sys/kernel/random/boot_id')).trim(),
      resolvConf: await textOf('/etc/resolv.conf'),
      hosts: await textOf('/etc/hosts'),
    };
  }

  private async storageBytes(): Promise<number> {
    const found = await statfs(this.folder).catch(() => statfs('/'));
    return found.blocks * found.bsize;
  }
}

/** Empty where the machine has no such file, or not for us. */
async function textOf(path: string): Promise<string> {
  return readFile(path, 'utf8').catch(() => '');
}
