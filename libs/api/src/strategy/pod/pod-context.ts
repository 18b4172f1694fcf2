import type { PodSpec, Volume } from '../../generated/kinds.ts';

/** What the rules of a container need to know of the pod around it. */
export interface PodContext {
  /** The well-formed volumes of the pod, by name. */
  readonly volumes: ReadonlyMap<string, Volume>;
  /** Names in `spec.resourceClaims`. */
  readonly claimNames: ReadonlySet<string>;
  readonly restartPolicy: string | undefined;
  /** `undefined` where the spec does not say, which is reported elsewhere. */
  readonly gracePeriodSeconds: number | undefined;
  /** False where the pod has a user namespace of its own. */
  readonly hostUsers: boolean;
  readonly osName: string | undefined;
}

export function podContextOf(spec: PodSpec, volumes: ReadonlyMap<string, Volume>): PodContext {
  return {
    volumes,
    claimNames: new Set((spec.resourceClaims ?? []).map(({ name }) => name).filter((name) => name !== '')),
    restartPolicy: spec.restartPolicy,
    gracePeriodSeconds: spec.terminationGracePeriodSeconds,
    hostUsers: spec.hostUsers ?? true,
    osName: spec.os?.name,
  };
}
