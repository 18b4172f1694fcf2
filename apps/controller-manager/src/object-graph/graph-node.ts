import { type ApiObject, keyOf, type ObjectKey, type OwnerReference, type ResourceType } from '@orrery/api';

/** What ownership and namespaces need to know of one object. */
export interface GraphNode {
  readonly uid: string;
  readonly type: ResourceType<ApiObject>;
  readonly key: ObjectKey;
  readonly owners: readonly OwnerReference[];
  readonly finalizers: readonly string[];
  /** Deletion has begun. */
  readonly deleting: boolean;
  /** Cluster revision of this state. */
  readonly revision: number;
}

export function graphNode(type: ResourceType<ApiObject>, object: ApiObject): GraphNode {
  const { uid, ownerReferences = [], finalizers = [], deletionTimestamp, resourceVersion } = object.metadata;
  return {
    uid,
    type,
    key: keyOf(object),
    owners: ownerReferences,
    finalizers,
    deleting: deletionTimestamp !== undefined,
    revision: Number(resourceVersion),
  };
}
