import type { ApiObject } from '@orrery/api';
import { isRecord, type JsonObject } from './json-object.ts';

/** Takes from the client's object what a subresource may change, and everything else from the object as it stands. */
export type SubresourceOverlay = (object: ApiObject, old: ApiObject) => ApiObject;

const overlays: Readonly<Record<string, SubresourceOverlay>> = {
  'namespaces/finalize': (object, old) => withSpec(object, old, { finalizers: specOf(object).finalizers }),
  'pods/ephemeralcontainers': (object, old) =>
    withSpec(object, old, { ephemeralContainers: specOf(object).ephemeralContainers }),
  'pods/resize': resizeOverlay,
  'certificatesigningrequests/approval': (object, old) => {
    const conditions = (object as JsonObject).status?.conditions;
    return { ...withSpec(object, old, {}), status: { ...(old as JsonObject).status, conditions } } as ApiObject;
  },
};

/** `undefined` where the subresource takes the whole object, or its status. */
export function overlayOf(resource: string, subresource: string): SubresourceOverlay | undefined {
  return overlays[`${resource}/${subresource}`];
}

function specOf(object: ApiObject): Record<string, unknown> {
  return (object as JsonObject).spec ?? {};
}

function withSpec(object: ApiObject, old: ApiObject, fields: Record<string, unknown>): ApiObject {
  const { resourceVersion, uid } = object.metadata;
  const metadata = { ...old.metadata, resourceVersion, uid };
  return { ...old, metadata, spec: { ...specOf(old), ...fields } } as ApiObject;
}

function resizeOverlay(object: ApiObject, old: ApiObject): ApiObject {
  const wanted = new Map(containersOf(object).map((container) => [container.name, container]));
  const containers = containersOf(old).map((container) => {
    const { resources, resizePolicy } = wanted.get(container.name) ?? container;
    return { ...container, resources, resizePolicy };
  });
  return withSpec(object, old, { containers });
}

function containersOf(object: ApiObject): Record<string, unknown>[] {
  const { containers } = specOf(object);
  return Array.isArray(containers) ? containers.filter(isRecord) : [];
}
