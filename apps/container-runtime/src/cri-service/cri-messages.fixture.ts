import type * as cri from '@orrery/proto/cri';

/** A pod sandbox as a kubelet asks for it. */
export function sandboxConfig(overrides: Partial<cri.PodSandboxConfig> & { name?: string } = {}): cri.PodSandboxConfig {
  const { name = 'web-0', ...rest } = overrides;
  return {
    metadata: { name, namespace: 'default', uid: `uid-${name}`, attempt: 0 },
    hostname: name,
    logDirectory: `/var/log/pods/default_${name}_uid-${name}`,
    dnsConfig: { servers: ['10.96.0.10'], searches: ['default.svc.cluster.local'], options: ['ndots:5'] },
    portMappings: [],
    labels: { 'io.kubernetes.pod.name': name },
    annotations: {},
    linux: undefined,
    windows: undefined,
    ...rest,
  };
}

/** A container as a kubelet asks for it. */
export function containerConfig(
  overrides: Partial<cri.ContainerConfig> & { name?: string; attempt?: number } = {},
): cri.ContainerConfig {
  const { name = 'web', attempt = 0, ...rest } = overrides;
  return {
    metadata: { name, attempt },
    image: { image: 'web:1', annotations: {}, userSpecifiedImage: '', runtimeHandler: '', imageRef: '' },
    command: [],
    args: [],
    workingDir: '',
    envs: [],
    mounts: [],
    devices: [],
    labels: { 'io.kubernetes.container.name': name },
    annotations: {},
    logPath: `${name}/${attempt}.log`,
    stdin: false,
    stdinOnce: false,
    tty: false,
    linux: undefined,
    windows: undefined,
    CDIDevices: [],
    stopSignal: 0,
    ...rest,
  };
}

export function imageSpec(image: string): cri.ImageSpec {
  return { image, annotations: {}, userSpecifiedImage: image, runtimeHandler: '', imageRef: '' };
}
