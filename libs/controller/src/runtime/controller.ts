import {
  type ApiObject,
  isConflict,
  keyOf,
  keyText,
  type ObjectKey,
  parseApiVersion,
  ResourceTable,
  type ResourceType,
} from '@orrery/api';
import type { Subscription } from '@orrery/bus';
import { type ApiClient, controllerOf, type Informer, type Informers, WorkQueue } from '@orrery/client';
import { AbortedError, type Host, type Logger } from '@orrery/runtime';
import { type ReconcilerInstance, type ReconcilerSettings, settingsOf } from '../reconciler/reconciler.ts';
import { TrackedApi } from './tracked-api.ts';

/** A write whose event has not come by then is waited for no longer: the log is down, or the object's event was merged. */
const seenTimeout = 5000;

/** One reconciler with its queue and workers. */
export class Controller {
  readonly settings: ReconcilerSettings;
  private readonly queue: WorkQueue<ObjectKey>;
  private readonly informersByType = new Map<string, Informer<ApiObject>>();
  private readonly subscriptions: Subscription[] = [];
  private readonly stopping = new AbortController();
  private readonly logger: Logger;
  private workers: Promise<void>[] = [];

  constructor(
    private readonly reconciler: ReconcilerInstance,
    private readonly informers: Informers,
    private readonly api: ApiClient,
    private readonly host: Host,
  ) {
    this.settings = settingsOf(reconciler);
    this.logger = host.logger.child({ controller: this.settings.name });
    this.queue = new WorkQueue<ObjectKey>({ timers: host.timers, clock: host.clock, identity: keyText });
    const { owns, watches } = this.settings;
    for (const type of [this.settings.for, ...owns, ...watches.map(({ type }) => type)]) {
      if (type !== undefined) this.informersByType.set(typeId(type), informers.for(type));
    }
  }

  /** Expects filled caches. */
  async start(): Promise<void> {
    const { signal } = this.stopping;
    const enqueue = (key: ObjectKey) => this.queue.add(key);
    await this.reconciler.start?.(enqueue, signal);
    if (signal.aborted) return;
    const { for: resource } = this.settings;
    if (resource !== undefined) this.subscribe(resource, (object) => [keyOf(object)]);
    for (const type of this.settings.owns) this.subscribe(type, (object) => ownerKeys(object, resource));
    for (const { type, keys } of this.settings.watches) {
      this.subscribe(type, (object) => keys(object, this.informers));
    }
    this.workers = Array.from({ length: this.settings.concurrency }, () => this.work());
  }

  /** Resolves when no reconcile runs any more. May be called twice. */
  async stop(): Promise<void> {
    this.stopping.abort();
    this.queue.shutdown();
    for (const subscription of this.subscriptions.splice(0)) await subscription.stop();
    await Promise.all(this.workers);
  }

  /** Nothing waits and nothing runs. */
  idle(): boolean {
    return this.queue.idle();
  }

  private subscribe(type: ResourceType<ApiObject>, keys: (object: ApiObject) => readonly ObjectKey[]): void {
    const subscription = this.informers.for(type).onChange(({ previous, current }) => {
      for (const object of [previous, current]) {
        if (object !== undefined) for (const key of keys(object)) this.queue.add(key);
      }
    });
    this.subscriptions.push(subscription);
  }

  private async work(): Promise<void> {
    for (let key = await this.queue.next(); key !== undefined; key = await this.queue.next()) {
      await this.reconcileOnce(key);
      this.queue.done(key);
    }
  }

  private async reconcileOnce(key: ObjectKey): Promise<void> {
    const { signal } = this.stopping;
    const api = new TrackedApi(this.api, (type) => this.informersByType.get(typeId(type)));
    try {
      const outcome = await this.reconciler.reconcile(key, { signal, api, logger: this.logger });
      this.queue.forget(key);
      if (outcome.kind === 'requeue-after') this.queue.addAfter(key, outcome.delay);
    } catch (error) {
      if (signal.aborted) return;
      const level = isConflict(error) ? 'debug' : 'warn';
      this.logger[level]('reconcile failed', { key: keyText(key), error, failures: this.queue.failures(key) });
      this.queue.addRateLimited(key);
    }
    await this.waitForCaches(api, key);
  }

  private async waitForCaches(api: TrackedApi, key: ObjectKey): Promise<void> {
    if (!api.hasWritten) return;
    const deadline = new AbortController();
    const timer = this.host.timers.after(seenTimeout, () => deadline.abort());
    try {
      await api.seen(AbortSignal.any([deadline.signal, this.stopping.signal]));
    } catch (error) {
      if (!(error instanceof AbortedError)) throw error;
      if (!this.stopping.signal.aborted) this.logger.warn('cache lags behind own writes', { key: keyText(key) });
    } finally {
      timer.cancel();
    }
  }
}

function typeId(type: ResourceType<ApiObject>): string {
  return `${type.group}/${type.version}/${type.resource}`;
}

/** The owner of `object`, where it is one of `resource`. */
function ownerKeys(object: ApiObject, resource: ResourceType<ApiObject> | undefined): ObjectKey[] {
  const owner = controllerOf(object);
  if (owner === undefined || resource === undefined) return [];
  if (parseApiVersion(owner.apiVersion)?.group !== resource.group) return [];
  const info = ResourceTable.builtIn().find(resource.group, resource.version, resource.resource);
  if (info !== undefined && info.kind !== owner.kind) return [];
  const namespace = info?.namespaced === false ? '' : (object.metadata.namespace ?? '');
  return [{ namespace, name: owner.name }];
}
