import type { Container, Pod } from '@orrery/api';
import { mountPropagations } from '@orrery/cri';
import type * as cri from '@orrery/proto/cri';
import { ContainerConfigError } from '../environment/container-config-error.ts';
import { expandVariables } from '../environment/expand-variables.ts';
import type { VolumeDriver } from './volume-driver.ts';

export interface MountsInput {
  readonly pod: Pod;
  readonly container: Container;
  /** Paths on the node by volume name. */
  readonly volumePaths: ReadonlyMap<string, string>;
  readonly environment: ReadonlyMap<string, string>;
  /** The pod's `/etc/hosts` on the node. */
  readonly hostsFile: string | undefined;
  /** The file that collects the termination message, on the node. */
  readonly terminationMessageFile: string;
  readonly driver: VolumeDriver;
}

/** All mounts of one container. Throws `ContainerConfigError`. */
export async function containerMounts(input: MountsInput): Promise<cri.Mount[]> {
  const mounts: cri.Mount[] = [];
  for (const volumeMount of input.container.volumeMounts ?? []) {
    const volume = input.volumePaths.get(volumeMount.name);
    if (volume === undefined)
      throw new ContainerConfigError(
        `cannot find volume "${volumeMount.name}" to mount into container "${input.container.name}"`,
      );
    const hostPath = await mountedPath(input, volumeMount, volume);
    const containerPath = volumeMount.mountPath.startsWith('/') ? volumeMount.mountPath : `/${volumeMount.mountPath}`;
    mounts.push(mount(hostPath, containerPath, volumeMount.readOnly === true, volumeMount.mountPropagation));
  }
  const mounted = (path: string) => mounts.some(({ containerPath }) => containerPath === path);
  if (input.hostsFile && !mounted('/etc/hosts')) mounts.push(mount(input.hostsFile, '/etc/hosts', false));
  const messagePath = input.container.terminationMessagePath ?? '/dev/termination-log';
  if (messagePath !== '' && !mounted(messagePath)) mounts.push(mount(input.terminationMessageFile, messagePath, false));
  return mounts;
}

type VolumeMount = NonNullable<Container['volumeMounts']>[number];

async function mountedPath(input: MountsInput, volumeMount: VolumeMount, volume: string): Promise<string> {
  const subPath = volumeMount.subPathExpr
    ? expandVariables(volumeMount.subPathExpr, (name) => input.environment.get(name))
    : (volumeMount.subPath ?? '');
  if (subPath === '') return volume;
  if (subPath.startsWith('/') || subPath.split('/').includes('..')) {
    throw new ContainerConfigError(
      `failed to prepare subPath for volumeMount "${volumeMount.name}" of container "${input.container.name}"`,
    );
  }
  const path = await input.driver.resolveInside(volume, subPath);
  if (path === undefined) {
    throw new ContainerConfigError(
      `failed to prepare subPath for volumeMount "${volumeMount.name}" of container "${input.container.name}"`,
    );
  }
  if ((await input.driver.kindOf(path)) === 'missing') await input.driver.makeFolder(path, { mode: 0o750 });
  return path;
}

function mount(hostPath: string, containerPath: string, readonly: boolean, propagation?: string): cri.Mount {
  return {
    containerPath,
    hostPath,
    readonly,
    selinuxRelabel: false,
    propagation: propagationOf(propagation),
    uidMappings: [],
    gidMappings: [],
    recursiveReadOnly: false,
    image: undefined,
    imageSubPath: '',
  };
}

function propagationOf(propagation: string | undefined): cri.MountPropagation {
  switch (propagation) {
    case 'HostToContainer':
      return mountPropagations.hostToContainer;
    case 'Bidirectional':
      return mountPropagations.bidirectional;
    default:
      return mountPropagations.private;
  }
}
