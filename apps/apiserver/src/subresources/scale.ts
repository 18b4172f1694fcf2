import {
  type ApiObject,
  internal,
  type LabelSelector,
  labelSelectorMatcher,
  labelSetMatcher,
  type ScalePaths,
} from '@orrery/api';
import { readSimplePath, withSimplePath } from '@orrery/custom-resource';
import type { JsonObject } from '../registry/json-object.ts';

/** `autoscaling/v1` Scale of a workload. */
export interface ScaleView {
  readonly kind: 'Scale';
  readonly apiVersion: 'autoscaling/v1';
  readonly metadata: Readonly<Record<string, unknown>>;
  readonly spec: { readonly replicas?: number };
  readonly status: { readonly replicas: number; readonly selector?: string };
}

/**
 * The scale of a Deployment, ReplicaSet, StatefulSet or ReplicationController, or of a custom resource with its `paths`. Throws
 * `InternalError` for a custom resource that has no number of replicas.
 */
export function scaleOf(object: ApiObject, paths?: ScalePaths): ScaleView {
  const { spec = {}, status = {} } = object as JsonObject;
  if (paths !== undefined) return customScale(object, paths);
  return viewOf(object, Number(spec.replicas ?? 0), Number(status.replicas ?? 0), selectorText(object));
}

/** The workload with the scale's replicas. */
export function withReplicas(object: ApiObject, replicas: number, paths?: ScalePaths): ApiObject {
  return withSimplePath(object, paths?.specReplicasPath ?? '.spec.replicas', replicas);
}

function customScale(object: ApiObject, paths: ScalePaths): ScaleView {
  const { specReplicasPath, statusReplicasPath, labelSelectorPath } = paths;
  const at = (path: string): unknown => {
    const found = readSimplePath(object, path);
    return found.kind === 'found' ? found.value : undefined;
  };
  const replicas = at(specReplicasPath);
  if (replicas === undefined) {
    throw internal(new Error(`the spec replicas field ${JSON.stringify(specReplicasPath)} does not exist`));
  }
  const selector = labelSelectorPath ? at(labelSelectorPath) : undefined;
  return viewOf(object, Number(replicas), Number(at(statusReplicasPath) ?? 0), String(selector ?? ''));
}

function viewOf({ metadata }: ApiObject, replicas: number, current: number, selector: string): ScaleView {
  const { name, namespace, uid, resourceVersion, creationTimestamp } = metadata;
  return {
    kind: 'Scale',
    apiVersion: 'autoscaling/v1',
    metadata: { name, namespace, uid, resourceVersion, creationTimestamp },
    spec: replicas === 0 ? {} : { replicas },
    status: { replicas: current, ...(selector !== '' && { selector }) },
  };
}

function selectorText(object: ApiObject): string {
  const { spec = {} } = object as JsonObject;
  if (object.kind === 'ReplicationController') {
    return labelSetMatcher(spec.selector as Record<string, string> | undefined).toString();
  }
  return labelSelectorMatcher(spec.selector as LabelSelector | undefined).toString();
}
