import type { OwnerReference } from '@orrery/api';
import type { GraphNode } from '../object-graph/graph-node.ts';

export const orphanFinalizer = 'orphan';
export const foregroundFinalizer = 'foregroundDeletion';

/** How an owner reference stands. */
export type OwnerState =
  /** The owner exists and stays. */
  | 'solid'
  /** The owner does not exist. */
  | 'dangling'
  /** The owner is being deleted and waits until its dependents are gone. */
  | 'waiting';

/** What garbage collection does about one object. */
export type CollectionPlan =
  | { readonly step: 'none' }
  /** Takes these owners off the object; the others keep it. */
  | { readonly step: 'drop-owners'; readonly uids: readonly string[] }
  | { readonly step: 'delete'; readonly propagationPolicy: 'Background' | 'Foreground' | 'Orphan' }
  /** Deletes the object after its dependents. One of these waits for the object in turn: no owner may wait for it any more. */
  | { readonly step: 'break-circle' }
  /** The object is being deleted and gives its dependents free first. */
  | { readonly step: 'orphan-dependents' }
  /** The object is being deleted after its dependents: look at each of these. */
  | { readonly step: 'await-dependents'; readonly dependents: readonly GraphNode[] }
  | { readonly step: 'remove-finalizer'; readonly finalizer: string };

/** For an object that is being deleted itself. */
export function planDeletion(node: GraphNode, dependents: readonly GraphNode[]): CollectionPlan {
  if (node.finalizers.includes(orphanFinalizer)) {
    if (dependents.length > 0) return { step: 'orphan-dependents' };
    return { step: 'remove-finalizer', finalizer: orphanFinalizer };
  }
  if (!node.finalizers.includes(foregroundFinalizer)) return { step: 'none' };
  const blocks = dependents.some(({ owners }) => owners.some((owner) => isBlocking(owner, node)));
  if (!blocks) return { step: 'remove-finalizer', finalizer: foregroundFinalizer };
  // Those that wait for their own dependents come back when these are gone; in a circle they would come back for ever.
  return { step: 'await-dependents', dependents: dependents.filter((dependent) => !isWaiting(dependent)) };
}

/** For an object that has owners; `states` stands beside `node.owners`. */
export function planOwned(
  node: GraphNode,
  states: readonly OwnerState[],
  dependents: readonly GraphNode[],
): CollectionPlan {
  if (states.length === 0) return { step: 'none' };
  if (states.includes('solid')) {
    const uids = node.owners.filter((_, index) => states[index] !== 'solid').map(({ uid }) => uid);
    return uids.length === 0 ? { step: 'none' } : { step: 'drop-owners', uids };
  }
  if (states.includes('waiting') && dependents.length > 0) {
    return dependents.some(isWaiting) ? { step: 'break-circle' } : { step: 'delete', propagationPolicy: 'Foreground' };
  }
  if (node.finalizers.includes(orphanFinalizer)) return { step: 'delete', propagationPolicy: 'Orphan' };
  if (node.finalizers.includes(foregroundFinalizer)) return { step: 'delete', propagationPolicy: 'Foreground' };
  return { step: 'delete', propagationPolicy: 'Background' };
}

/** Whether the graph's node of an owner keeps its dependents. */
export function stateOfOwner(owner: GraphNode): OwnerState {
  return isWaiting(owner) ? 'waiting' : 'solid';
}

function isWaiting({ deleting, finalizers }: GraphNode): boolean {
  return deleting && finalizers.includes(foregroundFinalizer);
}

function isBlocking(owner: OwnerReference, node: GraphNode): boolean {
  return owner.uid === node.uid && owner.blockOwnerDeletion === true;
}
