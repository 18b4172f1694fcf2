import type { Deployment, ReplicaSet } from '@orrery/api';

export const revisionAnnotation = 'deployment.kubernetes.io/revision';
const revisionHistoryAnnotation = 'deployment.kubernetes.io/revision-history';
export const desiredReplicasAnnotation = 'deployment.kubernetes.io/desired-replicas';
export const maxReplicasAnnotation = 'deployment.kubernetes.io/max-replicas';

/** The deployment's annotations that its ReplicaSets do not take over. */
const ownAnnotations = new Set([
  'kubectl.kubernetes.io/last-applied-configuration',
  revisionAnnotation,
  revisionHistoryAnnotation,
  desiredReplicasAnnotation,
  maxReplicasAnnotation,
  'deprecated.deployment.rollback.to',
]);

const revisionHistoryLengthMax = 2000;

type Annotations = Record<string, string>;

/** 64 bits, as upstream counts; 0 where there is none. */
export function revisionOf(object: ReplicaSet | Deployment): bigint {
  const text = object.metadata.annotations?.[revisionAnnotation] ?? '';
  return parseRevision(text);
}

function parseRevision(text: string): bigint {
  return /^\d+$/.test(text) ? BigInt(text) : 0n;
}

/** A number annotation; `undefined` where it is missing or no number. */
export function replicasAnnotation(replicaSet: ReplicaSet, name: string): number | undefined {
  const text = replicaSet.metadata.annotations?.[name] ?? '';
  return /^\d+$/.test(text) ? Number(text) : undefined;
}

/** Annotations of the ReplicaSet that is now the newest: the deployment's own, the revision, and the former revisions of it. */
export function newReplicaSetAnnotations(
  deployment: Deployment,
  current: Annotations | undefined,
  revision: bigint,
): Annotations {
  const annotations: Annotations = { ...current };
  for (const [name, value] of Object.entries(deployment.metadata.annotations ?? {})) {
    if (!ownAnnotations.has(name)) annotations[name] = value;
  }
  const former = annotations[revisionAnnotation];
  if (former !== undefined && parseRevision(former) >= revision) return annotations;
  annotations[revisionAnnotation] = String(revision);
  if (former !== undefined) annotations[revisionHistoryAnnotation] = history(annotations, former);
  return annotations;
}

/** Annotations that tell later proportional scaling what was wanted when the ReplicaSet got its size. */
export function scaleAnnotations(
  current: Annotations | undefined,
  desiredReplicas: number,
  maxReplicas: number,
): Annotations {
  return {
    ...current,
    [desiredReplicasAnnotation]: String(desiredReplicas),
    [maxReplicasAnnotation]: String(maxReplicas),
  };
}

function history(annotations: Annotations, former: string): string {
  const revisions = (annotations[revisionHistoryAnnotation] ?? '').split(',').filter((text) => text !== '');
  revisions.push(former);
  while (revisions.join(',').length > revisionHistoryLengthMax) revisions.shift();
  return revisions.join(',');
}
