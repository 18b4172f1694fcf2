import type { ApiObject, ScalePaths } from '@orrery/api';
import { isRecord } from '../registry/json-object.ts';
import { scaleOf, withReplicas } from '../subresources/scale.ts';
import type { AdmissionAttributes } from './admission.ts';

/** The same request as admission is to see it: with `scale` the objects are Scales, as the client sends them. */
export function admissionView(attributes: AdmissionAttributes): AdmissionAttributes {
  const { object, old, requested, subresource } = attributes;
  if (subresource !== 'scale' || object === undefined || object.kind === 'Scale') return attributes;
  const paths = requested.custom?.scale;
  return { ...attributes, object: asScale(object, paths), old: old && asScale(old, paths) };
}

/** Brings what admission has changed about the view back into the request. */
export function takeBackView(attributes: AdmissionAttributes, view: AdmissionAttributes): void {
  const { object, requested } = attributes;
  if (view === attributes || object === undefined) return;
  const { spec } = view.object as ApiObject & { readonly spec?: unknown };
  const replicas = Number((isRecord(spec) ? spec.replicas : undefined) ?? 0);
  Object.assign(object, withReplicas(object, replicas, requested.custom?.scale));
}

function asScale(object: ApiObject, paths: ScalePaths | undefined): ApiObject {
  return structuredClone(scaleOf(object, paths)) as unknown as ApiObject;
}
