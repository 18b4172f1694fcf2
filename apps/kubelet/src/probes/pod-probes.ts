import type { Container, Pod } from '@orrery/api';
import type { ProbeVerdicts } from '../pod-lifecycle/plan-pod.ts';
import type { RuntimeContainer } from '../pod-lifecycle/runtime-pod.ts';
import { ContainerProbes } from './container-probes.ts';
import type { ProbeContext } from './probe-context.ts';

const nothingKnown: ProbeVerdicts = { startup: 'unknown', liveness: 'unknown', readiness: 'unknown' };

export interface RunningContainer {
  readonly spec: Container;
  readonly container: RuntimeContainer;
}

/** The verdicts behind a status that an earlier kubelet has reported: a restart of the kubelet makes no container unready. */
export function adoptedVerdicts({ status }: Pod): Map<string, ProbeVerdicts> {
  const verdicts = new Map<string, ProbeVerdicts>();
  for (const { containerID, ready, started } of [
    ...(status.containerStatuses ?? []),
    ...(status.initContainerStatuses ?? []),
  ]) {
    const id = containerID?.slice(containerID.indexOf('://') + 3);
    if (!id) continue;
    verdicts.set(id, {
      ...nothingKnown,
      startup: started ? 'success' : 'unknown',
      readiness: ready ? 'success' : 'unknown',
    });
  }
  return verdicts;
}

/** The probes of one pod's running containers. */
export class PodProbes {
  /** By container id: a restarted container begins anew. */
  private readonly containers = new Map<string, ContainerProbes>();

  /** `changed` is called when a verdict changes. */
  constructor(
    private readonly context: ProbeContext,
    private readonly changed: () => void,
  ) {}

  /** Probes exactly the containers given; those that are new here begin with the verdicts of `adopted`, by container id. */
  keep(
    pod: Pod,
    podIp: string,
    running: readonly RunningContainer[],
    adopted: ReadonlyMap<string, ProbeVerdicts>,
  ): void {
    const wanted = new Set(running.map(({ container }) => container.id));
    for (const [id, probes] of this.containers) {
      if (wanted.has(id)) continue;
      probes.stop();
      this.containers.delete(id);
    }
    for (const { spec, container } of running) {
      if (!spec.startupProbe && !spec.livenessProbe && !spec.readinessProbe) continue;
      const known = this.containers.get(container.id);
      if (known) known.update(pod, podIp);
      else {
        const start = { spec, container, podIp, verdicts: adopted.get(container.id) ?? nothingKnown };
        this.containers.set(container.id, new ContainerProbes(this.context, pod, start, this.changed));
      }
    }
  }

  verdicts(containerId: string): ProbeVerdicts {
    return this.containers.get(containerId)?.verdicts() ?? nothingKnown;
  }

  stop(): void {
    for (const probes of this.containers.values()) probes.stop();
    this.containers.clear();
  }
}
