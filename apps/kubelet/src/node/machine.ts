/** Facts about the machine that a node reports of itself. */
export interface Machine {
  facts(): Promise<MachineFacts>;
}

export interface MachineFacts {
  readonly cpus: number;
  readonly memoryBytes: number;
  readonly ephemeralStorageBytes: number;
  /** Go's names: `linux`, `amd64`. */
  readonly operatingSystem: string;
  readonly architecture: string;
  readonly kernelVersion: string;
  readonly osImage: string;
  readonly machineId: string;
  readonly systemUuid: string;
  readonly bootId: string;
  /** Texts of `/etc/resolv.conf` and `/etc/hosts`. */
  readonly resolvConf: string;
  readonly hosts: string;
}

/** The machine of a simulated node: the same for all, so that runs repeat. */
export const simulatedMachine: Machine = {
  facts: async () => ({
    cpus: 8,
    memoryBytes: 32 * 1024 ** 3,
    ephemeralStorageBytes: 100 * 1024 ** 3,
    operatingSystem: 'linux',
    architecture: 'amd64',
    kernelVersion: '6.0.0-orrery',
    osImage: 'Orrery simulated node',
    machineId: '00000000000000000000000000000000',
    systemUuid: '00000000-0000-0000-0000-000000000000',
    bootId: '00000000-0000-0000-0000-000000000000',
    resolvConf: '',
    hosts: '127.0.0.1\tlocalhost\n',
  }),
};
