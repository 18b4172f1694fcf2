import type { ApiObject, ResourceInfo } from '@orrery/api';
import type { JsonObject } from './json-object.ts';

/** Takes from the client's object what a subresource may change, and everything else from the object as it stands. */
export type SubresourceOverlay = (object: ApiObject, old: ApiObject) => ApiObject;

const overlays: Readonly<Record<string, SubresourceOverlay>> = {
  'namespaces/finalize': (object, old) => withSpec(object, old, ['finalizers']),
  'pods/ephemeralcontainers': (object, old) => withSpec(object, old, ['ephemeralContainers']),
  // Which fields of the containers are meant is the kind's own rule.
  'pods/resize': (object, old) => withSpec(object, old, ['containers', 'initContainers', 'resources']),
  'certificatesigningrequests/approval': (object, old) => {
    const conditions = (object as JsonObject).status?.conditions;
    // Unlike the other subresources, this one takes labels and annotations too.
    return { ...old, metadata: object.metadata, status: { ...(old as JsonObject).status, conditions } } as ApiObject;
  },
};

/** `undefined` where the subresource takes the whole object, or its status. */
export function overlayOf({ resource }: ResourceInfo, subresource: string): SubresourceOverlay | undefined {
  return overlays[`${resource}/${subresource}`];
}

function withSpec(object: ApiObject, old: ApiObject, fields: readonly string[]): ApiObject {
  const { resourceVersion, uid } = object.metadata;
  const metadata = { ...old.metadata, resourceVersion, uid };
  const spec = { ...(old as JsonObject).spec };
  const wanted: Record<string, unknown> = (object as JsonObject).spec ?? {};
  for (const field of fields) {
    if (wanted[field] === undefined) delete spec[field];
    else spec[field] = wanted[field];
  }
  return { ...old, metadata, spec } as ApiObject;
}
