import { containerStates, sandboxStates } from '@orrery/cri';
import type * as cri from '@orrery/proto/cri';
import type { ImageRecord } from './images.ts';
import type { ContainerRecord, SandboxRecord } from './records.ts';
import type { ContainerUsage } from './runtime-driver.ts';

/** How records read as CRI messages. */
export function toSandboxStatus(sandbox: SandboxRecord): cri.PodSandboxStatus {
  const [ip = '', ...more] = sandbox.ips;
  return {
    ...toSandbox(sandbox),
    network: { ip, additionalIps: more.map((additional) => ({ ip: additional })) },
    linux: { namespaces: { options: sandbox.config.linux?.securityContext?.namespaceOptions } },
  };
}

export function toSandbox(sandbox: SandboxRecord): cri.PodSandbox {
  return {
    id: sandbox.id,
    metadata: sandbox.config.metadata,
    state: sandbox.phase === 'ready' ? sandboxStates.ready : sandboxStates.notReady,
    createdAt: sandbox.createdAt,
    labels: sandbox.config.labels,
    annotations: sandbox.config.annotations,
    runtimeHandler: sandbox.runtimeHandler,
  };
}

export function toContainer(container: ContainerRecord): cri.Container {
  return {
    id: container.id,
    podSandboxId: container.sandboxId,
    metadata: container.config.metadata,
    image: container.config.image,
    imageRef: container.imageRef,
    state: containerStates[container.lifecycle.phase],
    createdAt: container.createdAt,
    labels: container.config.labels,
    annotations: container.config.annotations,
    imageId: container.imageId,
  };
}

export function toContainerStatus(container: ContainerRecord): cri.ContainerStatus {
  const { lifecycle, config, user } = container;
  const exit = lifecycle.phase === 'exited' ? lifecycle : undefined;
  return {
    id: container.id,
    metadata: config.metadata,
    state: containerStates[lifecycle.phase],
    createdAt: container.createdAt,
    startedAt: lifecycle.phase === 'created' ? 0n : lifecycle.startedAt,
    finishedAt: exit?.finishedAt ?? 0n,
    exitCode: exit?.exitCode ?? 0,
    image: config.image,
    imageRef: container.imageRef,
    reason: exit?.reason ?? '',
    message: exit?.message ?? '',
    labels: config.labels,
    annotations: config.annotations,
    mounts: config.mounts,
    logPath: container.logPath,
    resources: { linux: container.resources, windows: undefined },
    imageId: container.imageId,
    user: {
      linux: {
        uid: BigInt(user.uid),
        gid: BigInt(user.gid),
        supplementalGroups: user.supplementalGroups.map(BigInt),
      },
    },
    stopSignal: config.stopSignal,
  };
}

export function toImage(image: ImageRecord): cri.Image {
  const uid = /^\d+/.exec(image.user)?.[0];
  return {
    id: image.id,
    repoTags: [...image.repoTags],
    repoDigests: [...image.repoDigests],
    size: BigInt(image.sizeBytes),
    uid: uid === undefined ? undefined : { value: BigInt(uid) },
    username: uid === undefined ? (image.user.split(':')[0] ?? '') : '',
    spec: {
      image: image.repoTags[0] ?? image.id,
      annotations: {},
      userSpecifiedImage: '',
      runtimeHandler: '',
      imageRef: '',
    },
    pinned: false,
  };
}

export function toContainerStats(
  container: ContainerRecord,
  usage: ContainerUsage,
  timestamp: bigint,
): cri.ContainerStats {
  return {
    attributes: {
      id: container.id,
      metadata: container.config.metadata,
      labels: container.config.labels,
      annotations: container.config.annotations,
    },
    cpu: {
      timestamp,
      usageCoreNanoSeconds: { value: usage.cpuNanoseconds },
      usageNanoCores: undefined,
      psi: undefined,
    },
    memory: {
      timestamp,
      workingSetBytes: { value: usage.memoryWorkingSetBytes },
      availableBytes: undefined,
      usageBytes: { value: usage.memoryUsageBytes },
      rssBytes: { value: usage.memoryRssBytes },
      pageFaults: undefined,
      majorPageFaults: undefined,
      psi: undefined,
    },
    writableLayer: {
      timestamp,
      fsId: undefined,
      usedBytes: { value: usage.writableLayerBytes },
      inodesUsed: undefined,
    },
    swap: undefined,
    io: undefined,
  };
}
