import type { ApiObject, OwnerReference } from '@orrery/api';

/** The reference of the one owner that controls an object: deleted in the background with it, and kept in the foreground until it is gone. */
export function controllerReference(owner: ApiObject): OwnerReference {
  return { ...ownerReference(owner), controller: true, blockOwnerDeletion: true };
}

/** The reference of an owner that does not control the object. */
export function ownerReference(owner: ApiObject): OwnerReference {
  const { name, uid } = owner.metadata;
  return { apiVersion: owner.apiVersion, kind: owner.kind, name, uid };
}

/** The controlling owner of an object. */
export function controllerOf(object: ApiObject): OwnerReference | undefined {
  return object.metadata.ownerReferences?.find((reference) => reference.controller === true);
}

export function isControlledBy(object: ApiObject, owner: ApiObject): boolean {
  return controllerOf(object)?.uid === owner.metadata.uid;
}

/** Deletion has begun: the object only waits for its finalizers or its grace period. */
export function isTerminating(object: ApiObject): boolean {
  return object.metadata.deletionTimestamp !== undefined;
}
