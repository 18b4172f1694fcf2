import { mountPropagations, namespaceModes } from '@orrery/cri';
import type * as cri from '@orrery/proto/cri';
import type { SandboxRecord } from '../cri-service/records.ts';
import type { ContainerPlan } from '../cri-service/runtime-driver.ts';
import type { ImageConfig } from '../images/image-manifest.ts';

/** What a container's specification is made from. */
export interface SpecInput {
  readonly container: ContainerPlan;
  readonly sandbox: SandboxRecord;
  readonly image: ImageConfig;
  readonly rootfs: string;
  readonly user: {
    readonly uid: number;
    readonly gid: number;
    readonly supplementalGroups: readonly number[];
    readonly home: string;
  };
  /** Namespace files of the sandbox; those left out are the host's. */
  readonly namespaces: {
    readonly network?: string;
    readonly ipc?: string;
    readonly uts?: string;
    readonly pid?: string;
  };
  /** Path in the container → file of the sandbox: hosts, resolv.conf, hostname, shm. */
  readonly podFiles: Readonly<Record<string, string>>;
  readonly cgroupsPath: string;
  readonly devices: readonly SpecDevice[];
}

export interface SpecDevice {
  readonly path: string;
  readonly type: 'c' | 'b';
  readonly major: number;
  readonly minor: number;
}

export interface OciProcess {
  readonly terminal: boolean;
  readonly user: { readonly uid: number; readonly gid: number; readonly additionalGids: readonly number[] };
  readonly args: readonly string[];
  readonly env: readonly string[];
  readonly cwd: string;
  readonly [field: string]: unknown;
}

/** As containerd gives them to a container that asks for nothing. */
const defaultCapabilities = [
  'CHOWN',
  'DAC_OVERRIDE',
  'FSETID',
  'FOWNER',
  'MKNOD',
  'NET_RAW',
  'SETGID',
  'SETUID',
  'SETFCAP',
  'SETPCAP',
  'NET_BIND_SERVICE',
  'SYS_CHROOT',
  'KILL',
  'AUDIT_WRITE',
];

const allCapabilities = [
  ...defaultCapabilities,
  'AUDIT_CONTROL',
  'AUDIT_READ',
  'BLOCK_SUSPEND',
  'BPF',
  'CHECKPOINT_RESTORE',
  'DAC_READ_SEARCH',
  'IPC_LOCK',
  'IPC_OWNER',
  'LEASE',
  'LINUX_IMMUTABLE',
  'MAC_ADMIN',
  'MAC_OVERRIDE',
  'NET_ADMIN',
  'NET_BROADCAST',
  'PERFMON',
  'SYSLOG',
  'SYS_ADMIN',
  'SYS_BOOT',
  'SYS_MODULE',
  'SYS_NICE',
  'SYS_PACCT',
  'SYS_PTRACE',
  'SYS_RAWIO',
  'SYS_RESOURCE',
  'SYS_TIME',
  'SYS_TTY_CONFIG',
  'WAKE_ALARM',
];

const defaultMaskedPaths = [
  '/proc/asound',
  '/proc/acpi',
  '/proc/kcore',
  '/proc/keys',
  '/proc/latency_stats',
  '/proc/timer_list',
  '/proc/timer_stats',
  '/proc/sched_debug',
  '/sys/firmware',
  '/proc/scsi',
];
const defaultReadonlyPaths = ['/proc/bus', '/proc/fs', '/proc/irq', '/proc/sys', '/proc/sysrq-trigger'];

/** The OCI runtime specification of a container, as containerd would write it. */
export function ociSpec(input: SpecInput): { process: OciProcess; [section: string]: unknown } {
  const { container, sandbox, rootfs, namespaces } = input;
  const { config } = container;
  const security = config.linux?.securityContext;
  const privileged = security?.privileged ?? false;
  const ownPid = namespaces.pid === undefined && security?.namespaceOptions?.pid !== namespaceModes.node;
  return {
    ociVersion: '1.0.2',
    process: ociProcess(input),
    root: { path: rootfs, readonly: security?.readonlyRootfs ?? false },
    mounts: [...systemMounts(privileged), ...podMounts(input), ...config.mounts.map(toMount)],
    annotations: {
      'io.kubernetes.cri.container-name': config.metadata?.name ?? '',
      'io.kubernetes.cri.sandbox-id': sandbox.id,
    },
    linux: {
      cgroupsPath: input.cgroupsPath,
      sysctl: namespaces.network === undefined ? undefined : sandbox.config.linux?.sysctls,
      resources: ociResources(config.linux?.resources, privileged, input.devices),
      devices: input.devices.map((device) => ({ ...device, fileMode: 0o666, uid: 0, gid: 0 })),
      maskedPaths: privileged ? [] : security?.maskedPaths.length ? security.maskedPaths : defaultMaskedPaths,
      readonlyPaths: privileged ? [] : security?.readonlyPaths.length ? security.readonlyPaths : defaultReadonlyPaths,
      rootfsPropagation: needsSharedRoot(config) ? 'rshared' : 'rslave',
      namespaces: [
        { type: 'mount' },
        ...(ownPid ? [{ type: 'pid' }] : []),
        ...Object.entries(namespaces).map(([type, path]) => ({ type, path })),
      ],
    },
  };
}

function ociProcess({ container, sandbox, image, user }: SpecInput): OciProcess {
  const { config } = container;
  const security = config.linux?.securityContext;
  const capabilities = capabilitySet(security);
  return {
    terminal: config.tty,
    user: { uid: user.uid, gid: user.gid, additionalGids: user.supplementalGroups },
    args: argumentsOf(config, image),
    env: environmentOf(config, image, sandbox, user.home),
    cwd: config.workingDir || image.config?.WorkingDir || '/',
    capabilities: {
      bounding: capabilities,
      effective: user.uid === 0 ? capabilities : [],
      permitted: user.uid === 0 ? capabilities : [],
    },
    noNewPrivileges: security?.noNewPrivs ?? false,
    oomScoreAdj: Number(config.linux?.resources?.oomScoreAdj ?? 0n),
  };
}

/** `command` stands for the image's entrypoint and takes its arguments away too. */
function argumentsOf(config: cri.ContainerConfig, image: ImageConfig): string[] {
  if (config.command.length > 0) return [...config.command, ...config.args];
  const entrypoint = image.config?.Entrypoint ?? [];
  return [...entrypoint, ...(config.args.length > 0 ? config.args : (image.config?.Cmd ?? []))];
}

function environmentOf(
  config: cri.ContainerConfig,
  image: ImageConfig,
  sandbox: SandboxRecord,
  home: string,
): string[] {
  const env = new Map<string, string>([
    ['PATH', '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'],
    ['HOSTNAME', sandbox.config.hostname],
    ['HOME', home],
    ...(config.tty ? ([['TERM', 'xterm']] as const) : []),
  ]);
  for (const variable of image.config?.Env ?? []) {
    const equals = variable.indexOf('=');
    env.set(variable.slice(0, equals), variable.slice(equals + 1));
  }
  for (const { key, value } of config.envs) env.set(key, new TextDecoder().decode(value));
  return [...env].map(([name, value]) => `${name}=${value}`);
}

function capabilitySet(security: cri.LinuxContainerSecurityContext | undefined): string[] {
  if (security?.privileged) return allCapabilities.map((name) => `CAP_${name}`);
  const { addCapabilities = [], dropCapabilities = [] } = security?.capabilities ?? {};
  const bare = (names: readonly string[]) => names.map((name) => name.toUpperCase().replace(/^CAP_/, ''));
  const add = bare(addCapabilities);
  const drop = bare(dropCapabilities);
  const names = new Set(drop.includes('ALL') ? [] : add.includes('ALL') ? allCapabilities : defaultCapabilities);
  for (const name of drop) names.delete(name);
  for (const name of add) if (name !== 'ALL') names.add(name);
  return [...names].map((name) => `CAP_${name}`);
}

function systemMounts(privileged: boolean): unknown[] {
  const access = privileged ? 'rw' : 'ro';
  return [
    { destination: '/proc', type: 'proc', source: 'proc', options: ['nosuid', 'noexec', 'nodev'] },
    {
      destination: '/dev',
      type: 'tmpfs',
      source: 'tmpfs',
      options: ['nosuid', 'strictatime', 'mode=755', 'size=65536k'],
    },
    {
      destination: '/dev/pts',
      type: 'devpts',
      source: 'devpts',
      options: ['nosuid', 'noexec', 'newinstance', 'ptmxmode=0666', 'mode=0620', 'gid=5'],
    },
    { destination: '/dev/mqueue', type: 'mqueue', source: 'mqueue', options: ['nosuid', 'noexec', 'nodev'] },
    { destination: '/sys', type: 'sysfs', source: 'sysfs', options: ['nosuid', 'noexec', 'nodev', access] },
    {
      destination: '/sys/fs/cgroup',
      type: 'cgroup',
      source: 'cgroup',
      options: ['nosuid', 'noexec', 'nodev', 'relatime', access],
    },
  ];
}

/** What the pod gives to each container, unless the container mounts something else there. */
function podMounts({ container, podFiles }: SpecInput): unknown[] {
  const taken = new Set(container.config.mounts.map(({ containerPath }) => containerPath));
  return Object.entries(podFiles)
    .filter(([destination]) => !taken.has(destination))
    .map(([destination, source]) => ({ destination, source, type: 'bind', options: ['rbind', 'rprivate', 'rw'] }));
}

function toMount(mount: cri.Mount): unknown {
  const propagation = {
    [mountPropagations.private]: 'rprivate',
    [mountPropagations.hostToContainer]: 'rslave',
    [mountPropagations.bidirectional]: 'rshared',
  };
  return {
    destination: mount.containerPath,
    source: mount.hostPath,
    type: 'bind',
    options: ['rbind', propagation[mount.propagation as 0 | 1 | 2], mount.readonly ? 'ro' : 'rw'],
  };
}

function needsSharedRoot(config: cri.ContainerConfig): boolean {
  return config.mounts.some(({ propagation }) => propagation === mountPropagations.bidirectional);
}

/** Zero means not given, as everywhere in CRI. */
export function ociResources(
  resources: cri.LinuxContainerResources | undefined,
  privileged: boolean,
  devices: readonly SpecDevice[],
) {
  const given = (value: bigint | undefined) => (value ? Number(value) : undefined);
  const allow = (type: string, major: number, minor?: number) => ({ allow: true, type, major, minor, access: 'rwm' });
  return {
    devices: privileged
      ? [{ allow: true, access: 'rwm' }]
      : [{ allow: false, access: 'rwm' }, ...devices.map(({ type, major, minor }) => allow(type, major, minor))],
    memory: {
      limit: given(resources?.memoryLimitInBytes),
      swap: given(resources?.memorySwapLimitInBytes || resources?.memoryLimitInBytes),
    },
    cpu: {
      shares: given(resources?.cpuShares),
      quota: given(resources?.cpuQuota),
      period: given(resources?.cpuPeriod),
      cpus: resources?.cpusetCpus || undefined,
      mems: resources?.cpusetMems || undefined,
    },
    unified: resources && Object.keys(resources.unified).length > 0 ? resources.unified : undefined,
  };
}
