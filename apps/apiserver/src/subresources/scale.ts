import { type ApiObject, type LabelSelector, labelSelectorMatcher, labelSetMatcher } from '@orrery/api';
import type { JsonObject } from '../registry/json-object.ts';

/** `autoscaling/v1` Scale of a workload. */
export interface ScaleView {
  readonly kind: 'Scale';
  readonly apiVersion: 'autoscaling/v1';
  readonly metadata: Readonly<Record<string, unknown>>;
  readonly spec: { readonly replicas?: number };
  readonly status: { readonly replicas: number; readonly selector?: string };
}

/** The scale of a Deployment, ReplicaSet, StatefulSet or ReplicationController. */
export function scaleOf(object: ApiObject): ScaleView {
  const { metadata, spec = {}, status = {} } = object as JsonObject;
  const { name, namespace, uid, resourceVersion, creationTimestamp } = metadata;
  const replicas = Number(spec.replicas ?? 0);
  const selector = selectorText(object);
  return {
    kind: 'Scale',
    apiVersion: 'autoscaling/v1',
    metadata: { name, namespace, uid, resourceVersion, creationTimestamp },
    spec: replicas === 0 ? {} : { replicas },
    status: { replicas: Number(status.replicas ?? 0), ...(selector !== '' && { selector }) },
  };
}

/** The workload with the scale's replicas. */
export function withReplicas(object: ApiObject, replicas: number): ApiObject {
  return { ...object, spec: { ...(object as JsonObject).spec, replicas } } as ApiObject;
}

function selectorText(object: ApiObject): string {
  const { spec = {} } = object as JsonObject;
  if (object.kind === 'ReplicationController') {
    return labelSetMatcher(spec.selector as Record<string, string> | undefined).toString();
  }
  return labelSelectorMatcher(spec.selector as LabelSelector | undefined).toString();
}
