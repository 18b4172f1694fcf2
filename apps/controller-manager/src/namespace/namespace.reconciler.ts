import { type ApiObject, Event, keyOf, Namespace, type ObjectKey, resourceType } from '@orrery/api';
import type { ApiClient, Informers, Lister } from '@orrery/client';
import { done, type Outcome, type ReconcileContext, Reconciler } from '@orrery/controller';
import type { Clock } from '@orrery/runtime';
import { sameJson } from '../conditions/same-json.ts';
import { customResources } from '../object-graph/custom-resources.ts';
import { listServed, type ObjectGraph, storedResources } from '../object-graph/object-graph.ts';
import { contentInTurn, namespaceFinalizer, needsEmptying, terminatingConditions } from './plan-namespace.ts';

/** Empties namespaces that are being deleted, and lets them go when nothing is left. */
@Reconciler({ for: Namespace, name: 'namespace-controller', concurrency: 10 })
export class NamespaceReconciler {
  private readonly namespaces: Lister<Namespace>;

  constructor(
    informers: Informers,
    private readonly graph: ObjectGraph,
    private readonly clock: Clock,
  ) {
    this.namespaces = informers.for(Namespace).lister;
  }

  start(enqueue: (key: ObjectKey) => void, signal: AbortSignal): void {
    this.graph.onChange(({ previous, current }) => {
      const { namespace = '' } = (current ?? previous)?.key ?? {};
      const key = { namespace: '', name: namespace };
      const owner = namespace === '' ? undefined : this.namespaces.get(key);
      if (owner !== undefined && needsEmptying(owner)) enqueue(key);
    }, signal);
  }

  async reconcile(key: ObjectKey, { api, signal }: ReconcileContext): Promise<Outcome> {
    const namespace = this.namespaces.get(key);
    if (namespace === undefined || !needsEmptying(namespace)) return done();

    const failure = await this.deleteContent(key.name, api);
    if (signal.aborted) return done();
    const remaining = contentInTurn(this.graph.inNamespace(key.name));
    const isEmpty = failure === undefined && remaining.length === 0 && (await isEmptyOnServer(key.name, api));
    if (signal.aborted) return done();

    const conditions = terminatingConditions(namespace.status.conditions ?? [], remaining, failure, this.clock.now());
    const status = { ...namespace.status, phase: 'Terminating', conditions };
    const current = sameJson(status, namespace.status)
      ? namespace
      : await api.updateStatus(Namespace, { ...namespace, status });
    if (failure !== undefined) throw new NamespaceContentError(key.name, failure);
    if (isEmpty) await finalize(current, api);
    return done();
  }

  /** Returns why something could not be deleted. */
  private async deleteContent(namespace: string, api: ApiClient): Promise<string | undefined> {
    const pending = contentInTurn(this.graph.inNamespace(namespace)).filter(({ deleting }) => !deleting);
    const results = await Promise.allSettled(
      pending.map(({ type, key, uid }) =>
        api.delete(type, key, { propagationPolicy: 'Background', preconditions: { uid } }),
      ),
    );
    const failed = results.find((result) => result.status === 'rejected');
    if (failed === undefined) return undefined;
    return failed.reason instanceof Error ? failed.reason.message : String(failed.reason);
  }
}

/** Some content of a namespace refuses to be deleted. */
export class NamespaceContentError extends Error {
  override readonly name = 'NamespaceContentError';
  constructor(
    readonly namespace: string,
    readonly detail: string,
  ) {
    super(`unable to delete all content of namespace ${namespace}: ${detail}`);
  }
}

/** The graph follows the log; before the namespace goes the API is asked. Events go with the namespace. */
async function isEmptyOnServer(namespace: string, api: ApiClient): Promise<boolean> {
  const events = await api.list(Event, { namespace });
  await Promise.all(events.items.map((event) => api.delete(Event, keyOf(event))));
  const builtIn = storedResources().filter(({ namespaced }) => namespaced);
  const custom = (await customResources(api)).filter(({ namespaced }) => namespaced);
  const counts = await Promise.all(
    [...builtIn, ...custom].map(async ({ group, version, resource }) => {
      const type = resourceType<ApiObject>(group, version, resource);
      return (await listServed(api, type, { namespace }))?.items.length ?? 0;
    }),
  );
  return counts.every((count) => count === 0);
}

async function finalize(namespace: Namespace, api: ApiClient): Promise<void> {
  const finalizers = (namespace.spec.finalizers ?? []).filter((name) => name !== namespaceFinalizer);
  await api.updateSubresource(Namespace, { ...namespace, spec: { ...namespace.spec, finalizers } }, 'finalize');
}
