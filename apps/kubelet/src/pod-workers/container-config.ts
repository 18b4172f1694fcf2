import type { Container, Pod } from '@orrery/api';
import type * as cri from '@orrery/proto/cri';
import { containerAnnotations, containerLabels } from '../cri/pod-labels.ts';
import { expandCommand } from '../environment/container-environment.ts';
import { withDefaultTag } from '../images/image-name.ts';
import { containerResources } from '../resources/linux-resources.ts';
import { containerSecurity } from '../resources/security-context.ts';
import { containerLogPath } from '../volumes/pod-folders.ts';

export interface ContainerConfigInput {
  readonly pod: Pod;
  readonly container: Container;
  readonly restartCount: number;
  /** As the runtime resolved it. */
  readonly imageRef: string;
  readonly environment: ReadonlyMap<string, string>;
  readonly mounts: cri.Mount[];
  /** Of the node, in bytes. */
  readonly memoryCapacity: number;
}

/** One container as the runtime gets it. */
export function containerConfig(input: ContainerConfigInput): cri.ContainerConfig {
  const { pod, container, restartCount, environment } = input;
  return {
    metadata: { name: container.name, attempt: restartCount },
    image: {
      image: input.imageRef,
      annotations: {},
      userSpecifiedImage: withDefaultTag(container.image ?? ''),
      runtimeHandler: '',
      imageRef: '',
    },
    command: expandCommand(container.command, environment),
    args: expandCommand(container.args, environment),
    workingDir: container.workingDir ?? '',
    envs: [...environment].map(([key, value]) => ({ key, value: Buffer.from(value, 'utf8') })),
    mounts: input.mounts,
    devices: [],
    labels: containerLabels(pod, container),
    annotations: containerAnnotations(pod, container, restartCount),
    logPath: containerLogPath(container.name, restartCount),
    stdin: container.stdin === true,
    stdinOnce: container.stdinOnce === true,
    tty: container.tty === true,
    linux: {
      resources: containerResources(pod, container, input.memoryCapacity),
      securityContext: containerSecurity(pod, container),
    },
    windows: undefined,
    CDIDevices: [],
    stopSignal: 0,
  };
}
