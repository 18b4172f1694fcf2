import type { Container, Pod } from '@orrery/api';
import { namespaceModes, seccompProfileTypes } from '@orrery/cri';
import type * as cri from '@orrery/proto/cri';

const maskedPaths = [
  '/proc/asound',
  '/proc/acpi',
  '/proc/interrupts',
  '/proc/kcore',
  '/proc/keys',
  '/proc/latency_stats',
  '/proc/timer_list',
  '/proc/timer_stats',
  '/proc/sched_debug',
  '/proc/scsi',
  '/sys/firmware',
  '/sys/devices/virtual/powercap',
];
const readonlyPaths = ['/proc/bus', '/proc/fs', '/proc/irq', '/proc/sys', '/proc/sysrq-trigger'];

export function sandboxSecurity(pod: Pod): cri.LinuxSandboxSecurityContext {
  const context = pod.spec.securityContext;
  return {
    namespaceOptions: namespaceOptions(pod),
    selinuxOptions: undefined,
    runAsUser: int64(context?.runAsUser),
    runAsGroup: int64(context?.runAsGroup),
    readonlyRootfs: false,
    supplementalGroups: supplementalGroups(pod),
    supplementalGroupsPolicy: 0,
    privileged: pod.spec.containers.some((container) => container.securityContext?.privileged === true),
    seccomp: seccompProfile(context?.seccompProfile ?? { type: 'RuntimeDefault' }),
    apparmor: undefined,
    seccompProfilePath: '',
  };
}

/** A container's own security context over the pod's. Without a seccomp profile it is unconfined, as upstream's default. */
export function containerSecurity(pod: Pod, container: Container): cri.LinuxContainerSecurityContext {
  const ofPod = pod.spec.securityContext;
  const own = container.securityContext;
  const privileged = own?.privileged === true;
  const unmasked = privileged || own?.procMount === 'Unmasked';
  return {
    capabilities: {
      addCapabilities: own?.capabilities?.add ?? [],
      dropCapabilities: own?.capabilities?.drop ?? [],
      addAmbientCapabilities: [],
    },
    privileged,
    namespaceOptions: namespaceOptions(pod),
    selinuxOptions: undefined,
    runAsUser: int64(own?.runAsUser ?? ofPod?.runAsUser),
    runAsGroup: int64(own?.runAsGroup ?? ofPod?.runAsGroup),
    runAsUsername: '',
    readonlyRootfs: own?.readOnlyRootFilesystem === true,
    supplementalGroups: supplementalGroups(pod),
    supplementalGroupsPolicy: ofPod?.supplementalGroupsPolicy === 'Strict' ? 1 : 0,
    noNewPrivs: own?.allowPrivilegeEscalation === false,
    maskedPaths: unmasked ? [] : maskedPaths,
    readonlyPaths: unmasked ? [] : readonlyPaths,
    seccomp: seccompProfile(privileged ? undefined : (own?.seccompProfile ?? ofPod?.seccompProfile)),
    apparmor: undefined,
    apparmorProfile: '',
    seccompProfilePath: '',
  };
}

/** Why the container must not run as the user it would get; undefined where it may. `imageUser`: uid or name from the image. */
export function nonRootProblem(
  pod: Pod,
  container: Container,
  imageUid: bigint | undefined,
  imageUser: string,
): string | undefined {
  const mustNotBeRoot = container.securityContext?.runAsNonRoot ?? pod.spec.securityContext?.runAsNonRoot ?? false;
  if (!mustNotBeRoot) return undefined;
  const chosen = container.securityContext?.runAsUser ?? pod.spec.securityContext?.runAsUser;
  const where = `(pod: "${pod.metadata.name}_${pod.metadata.namespace ?? ''}(${pod.metadata.uid})", container: ${container.name})`;
  if (chosen !== undefined) {
    return chosen === 0 ? `container's runAsUser breaks non-root policy ${where}` : undefined;
  }
  if (imageUid === 0n) return `container has runAsNonRoot and image will run as root ${where}`;
  if (imageUid === undefined && imageUser !== '') {
    return `container has runAsNonRoot and image has non-numeric user (${imageUser}), cannot verify user is non-root ${where}`;
  }
  if (imageUid === undefined) return `container has runAsNonRoot and image will run as root ${where}`;
  return undefined;
}

function namespaceOptions({ spec }: Pod): cri.NamespaceOption {
  const containerPid = spec.shareProcessNamespace ? namespaceModes.pod : namespaceModes.container;
  return {
    network: spec.hostNetwork ? namespaceModes.node : namespaceModes.pod,
    pid: spec.hostPID ? namespaceModes.node : containerPid,
    ipc: spec.hostIPC ? namespaceModes.node : namespaceModes.pod,
    targetId: '',
    usernsOptions: undefined,
  };
}

function supplementalGroups({ spec }: Pod): bigint[] {
  const groups = [...(spec.securityContext?.supplementalGroups ?? [])];
  if (spec.securityContext?.fsGroup !== undefined) groups.push(spec.securityContext.fsGroup);
  return groups.map((group) => BigInt(group));
}

function seccompProfile(profile: { type: string; localhostProfile?: string } | undefined): cri.SecurityProfile {
  switch (profile?.type) {
    case 'RuntimeDefault':
      return { profileType: seccompProfileTypes.runtimeDefault, localhostRef: '' };
    case 'Localhost':
      return { profileType: seccompProfileTypes.localhost, localhostRef: profile.localhostProfile ?? '' };
    default:
      return { profileType: seccompProfileTypes.unconfined, localhostRef: '' };
  }
}

function int64(value: number | undefined): cri.Int64Value | undefined {
  return value === undefined ? undefined : { value: BigInt(value) };
}
