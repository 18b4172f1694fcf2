import {
  type ApiObject,
  type ObjectKey,
  type OwnerReference,
  parseApiVersion,
  ResourceTable,
  resourceType,
} from '@orrery/api';
import type { ApiClient } from '@orrery/client';
import { done, type Outcome, type ReconcileContext, Reconciler } from '@orrery/controller';
import { type CustomResource, customResources } from '../object-graph/custom-resources.ts';
import type { GraphNode } from '../object-graph/graph-node.ts';
import type { GraphListener, ObjectGraph } from '../object-graph/object-graph.ts';
import { removeOwners, setOwners } from '../ownership/claim.ts';
import { type CollectionPlan, type OwnerState, planDeletion, planOwned, stateOfOwner } from './plan-collection.ts';

/** Deletes what no owner keeps any more, and lets owners go when their dependents are gone. Its keys are uids. */
@Reconciler({ name: 'garbage-collector-controller', concurrency: 20 })
export class GarbageCollectorReconciler {
  private enqueue: (uid: string) => void = () => undefined;

  constructor(private readonly graph: ObjectGraph) {}

  start(enqueue: (key: ObjectKey) => void, signal: AbortSignal): void {
    this.enqueue = (uid) => enqueue({ namespace: '', name: uid });
    this.graph.onChange(this.enqueueAround, signal);
    for (const { uid } of this.graph.all()) this.enqueue(uid);
  }

  async reconcile({ name: uid }: ObjectKey, { api, signal }: ReconcileContext): Promise<Outcome> {
    const node = this.graph.get(uid);
    if (node === undefined || (!node.deleting && node.owners.length === 0)) return done();
    const dependents = this.graph.dependents(uid);
    const plan = node.deleting
      ? planDeletion(node, dependents)
      : planOwned(node, await this.ownerStates(node, api), dependents);
    if (!signal.aborted) await this.apply(node, plan, api);
    return done();
  }

  private readonly enqueueAround: GraphListener = ({ previous, current }) => {
    if (current !== undefined) {
      this.enqueue(current.uid);
      if (current.deleting && previous?.deleting !== true) this.enqueueDependents(current.uid);
      for (const uid of blockedOwners(previous)) if (!blockedOwners(current).includes(uid)) this.enqueue(uid);
      return;
    }
    if (previous === undefined) return;
    this.enqueueDependents(previous.uid);
    for (const { uid } of previous.owners) this.enqueue(uid);
  };

  private enqueueDependents(uid: string): void {
    for (const dependent of this.graph.dependents(uid)) this.enqueue(dependent.uid);
  }

  private ownerStates(node: GraphNode, api: ApiClient): Promise<OwnerState[]> {
    return Promise.all(
      node.owners.map((owner) => {
        const known = this.graph.get(owner.uid);
        return known === undefined ? absentOwnerState(owner, node, api) : stateOfOwner(known);
      }),
    );
  }

  private async apply(node: GraphNode, plan: CollectionPlan, api: ApiClient): Promise<void> {
    switch (plan.step) {
      case 'none':
        return;
      case 'drop-owners':
        return dropOwners(node, plan.uids, api);
      case 'delete':
        return deleteUnlessChanged(node, plan.propagationPolicy, api);
      case 'break-circle':
        await unblockOwners(node, api);
        return deleteUnlessChanged(node, 'Foreground', api);
      case 'orphan-dependents':
        for (const dependent of this.graph.dependents(node.uid)) await dropOwners(dependent, [node.uid], api);
        this.enqueue(node.uid);
        return;
      case 'await-dependents':
        for (const { uid } of plan.dependents) this.enqueue(uid);
        return;
      case 'remove-finalizer':
        return removeFinalizer(node, plan.finalizer, api);
      default:
        plan satisfies never;
    }
  }
}

/** The owners that cannot go before the object. */
function blockedOwners(node: GraphNode | undefined): string[] {
  return (node?.owners ?? []).filter(({ blockOwnerDeletion }) => blockOwnerDeletion).map(({ uid }) => uid);
}

/** The graph does not know the owner: the API has the last word. What cannot be resolved is never a reason to delete. */
async function absentOwnerState(owner: OwnerReference, node: GraphNode, api: ApiClient): Promise<OwnerState> {
  const { group, version } = parseApiVersion(owner.apiVersion) ?? { group: '', version: '' };
  const info =
    ResourceTable.builtIn().byKind(group, version, owner.kind) ?? (await customResource(group, owner.kind, api));
  if (info === undefined || (info.namespaced && node.key.namespace === '')) return 'solid';
  const type = resourceType<ApiObject>(info.group, info.version, info.resource);
  const found = await api.get(type, { namespace: info.namespaced ? node.key.namespace : '', name: owner.name });
  return found?.metadata.uid === owner.uid ? 'solid' : 'dangling';
}

async function customResource(group: string, kind: string, api: ApiClient): Promise<CustomResource | undefined> {
  if (!group.includes('.')) return undefined;
  return (await customResources(api)).find((resource) => resource.group === group && resource.kind === kind);
}

async function dropOwners(node: GraphNode, uids: readonly string[], api: ApiClient): Promise<void> {
  const object = await liveObject(node, api);
  if (object?.metadata.ownerReferences?.some(({ uid }) => uids.includes(uid))) {
    await removeOwners(api, node.type, object, uids);
  }
}

async function unblockOwners(node: GraphNode, api: ApiClient): Promise<void> {
  const object = await liveObject(node, api);
  const owners = object?.metadata.ownerReferences ?? [];
  if (object === undefined || !owners.some(({ blockOwnerDeletion }) => blockOwnerDeletion)) return;
  const unblocked = owners.map((owner) => ({ ...owner, blockOwnerDeletion: false }));
  await setOwners(api, node.type, object, unblocked);
}

/** The decision holds for the owners that it saw: a newer state of the object comes through the graph and is decided anew. */
async function deleteUnlessChanged(
  node: GraphNode,
  propagationPolicy: 'Background' | 'Foreground' | 'Orphan',
  api: ApiClient,
): Promise<void> {
  const object = await liveObject(node, api);
  if (object === undefined) return;
  const owners = object.metadata.ownerReferences ?? [];
  if (owners.length !== node.owners.length || !owners.every(({ uid }) => node.owners.some((o) => o.uid === uid)))
    return;
  const { uid, resourceVersion } = object.metadata;
  await api.delete(node.type, node.key, { propagationPolicy, preconditions: { uid, resourceVersion } });
}

async function removeFinalizer(node: GraphNode, finalizer: string, api: ApiClient): Promise<void> {
  const object = await liveObject(node, api);
  if (object === undefined) return;
  const { finalizers = [], resourceVersion, uid } = object.metadata;
  if (!finalizers.includes(finalizer)) return;
  const body = { metadata: { uid, resourceVersion, finalizers: finalizers.filter((name) => name !== finalizer) } };
  await api.patch(node.type, node.key, { type: 'merge', body });
}

async function liveObject(node: GraphNode, api: ApiClient): Promise<ApiObject | undefined> {
  const object = await api.get(node.type, node.key);
  return object?.metadata.uid === node.uid ? object : undefined;
}
