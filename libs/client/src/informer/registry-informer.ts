import {
  type ApiObject,
  fieldsOf,
  keyOf,
  type ObjectKey,
  parseFieldSelector,
  type ResourceInfo,
  ResourceTable,
  type ResourceType,
} from '@orrery/api';
import {
  type Bus,
  LogExpiredError,
  openRegistryLog,
  SlowConsumerError,
  type Subjects,
  type Subscription,
} from '@orrery/bus';
import { registryv1 } from '@orrery/proto';
import { AbortedError, type Host, type Logger } from '@orrery/runtime';
import type { ApiClient } from '../api/api-client.ts';
import type { ChangeHandler, Informer, InformerOptions } from './informer.ts';
import { ObjectCache } from './object-cache.ts';
import { type RegistryEvent, readRegistryEvent } from './registry-event.ts';

/** What informers need from outside. */
export interface InformerContext {
  readonly api: ApiClient;
  readonly bus: Bus;
  readonly subjects: Subjects;
  readonly host: Host;
}

const retryDelayMin = 20;
const retryDelayMax = 2000;

interface Waiter {
  readonly revision: number;
  readonly resolve: () => void;
}

/** The informer over the API's list and the registry log. */
export class RegistryInformer<T extends ApiObject> implements Informer<T> {
  readonly lister = new ObjectCache<T>();
  private readonly handlers = new Set<ChangeHandler<T>>();
  private readonly waiters = new Set<Waiter>();
  private readonly stopping = new AbortController();
  private readonly logger: Logger;
  private readonly selects: (object: T) => boolean;
  private readonly info: ResourceInfo | undefined;
  private readonly firstSync = withResolvers();
  private hasSynced = false;
  /** The cache holds every change up to this revision. */
  private revision = 0;
  private running: Promise<void> | undefined;

  constructor(
    readonly type: ResourceType<T>,
    private readonly options: InformerOptions<T>,
    private readonly context: InformerContext,
  ) {
    this.logger = context.host.logger.child({ resource: type.resource, group: type.group });
    this.info = ResourceTable.builtIn().find(type.group, type.version, type.resource);
    this.selects = selectionOf(options, this.info);
    this.addIndexes(options);
  }

  addIndexes(options: InformerOptions<T>): void {
    for (const [name, values] of Object.entries(options.indexes ?? {})) this.lister.addIndex(name, values);
  }

  onChange(handler: ChangeHandler<T>): Subscription {
    this.handlers.add(handler);
    if (this.hasSynced) for (const current of this.lister.list()) this.call(handler, undefined, current);
    return {
      stop: async () => {
        this.handlers.delete(handler);
      },
    };
  }

  synced(): Promise<void> {
    return this.firstSync.promise;
  }

  caughtUp(resourceVersion: string, signal?: AbortSignal): Promise<void> {
    const revision = Number(resourceVersion);
    if (this.revision >= revision) return Promise.resolve();
    return new Promise((resolve, reject) => {
      const end = () => {
        this.waiters.delete(waiter);
        signal?.removeEventListener('abort', abort);
        this.stopping.signal.removeEventListener('abort', abort);
      };
      const abort = () => {
        end();
        reject(new AbortedError(`waiting for revision ${resourceVersion} of ${this.type.resource}`));
      };
      const waiter: Waiter = {
        revision,
        resolve: () => {
          end();
          resolve();
        },
      };
      this.waiters.add(waiter);
      signal?.addEventListener('abort', abort);
      this.stopping.signal.addEventListener('abort', abort);
      if (signal?.aborted === true || this.stopping.signal.aborted) abort();
    });
  }

  start(): Promise<void> {
    this.running ??= this.run();
    return this.synced();
  }

  async stop(): Promise<void> {
    this.stopping.abort();
    this.firstSync.reject(new AbortedError(`the first list of ${this.type.resource}`));
    await this.running;
  }

  private async run(): Promise<void> {
    const { signal } = this.stopping;
    let delay = retryDelayMin;
    while (!signal.aborted) {
      try {
        await this.relist();
        delay = retryDelayMin;
        await this.follow(signal);
      } catch (error) {
        if (signal.aborted) return;
        if (error instanceof LogExpiredError || error instanceof SlowConsumerError) {
          this.logger.warn('registry log is ahead, listing again', { error });
          continue;
        }
        this.logger.warn('informer failed, trying again', { error, delay });
        await this.context.host.timers.sleep(delay, signal).catch(ignoreAbort);
        delay = Math.min(delay * 2, retryDelayMax);
      }
    }
  }

  private async relist(): Promise<void> {
    const { namespace, fieldSelector } = this.options;
    const list = await this.context.api.list(this.type, { namespace, fieldSelector });
    if (this.stopping.signal.aborted) return;
    const gone = new Map(this.lister.list().map((object) => [object.metadata.uid, keyOf(object)]));
    for (const object of list.items) gone.delete(object.metadata.uid);
    for (const key of gone.values()) this.forget(key);
    for (const object of list.items) this.store(object);
    this.advance(Number(list.metadata.resourceVersion));
    if (this.hasSynced) return;
    this.hasSynced = true;
    this.firstSync.resolve();
  }

  private async follow(signal: AbortSignal): Promise<void> {
    const { bus, subjects } = this.context;
    const log = await openRegistryLog(bus, subjects);
    const filter = subjects.registryOf(this.type.group, this.type.resource, this.options.route);
    for await (const entry of log.follow({ after: this.revision, filter, signal })) {
      if (signal.aborted) return;
      this.apply(readRegistryEvent(entry.data));
      this.advance(entry.position);
    }
  }

  private apply(read: RegistryEvent): void {
    const { event } = read;
    const { namespace } = this.options;
    if (namespace !== undefined && namespace !== '' && event.namespace !== namespace) return;
    if (event.type === registryv1.Event_Type.TYPE_DELETED) {
      this.forget({ namespace: event.namespace, name: event.name });
      return;
    }
    if (event.object.length === 0) return;
    const object = read.object as T;
    if (this.selects(object)) this.store(object);
    else this.forget(keyOf(object));
  }

  private store(object: T): void {
    const cached = this.lister.get(keyOf(object));
    if (cached?.metadata.resourceVersion === object.metadata.resourceVersion) return;
    if (cached !== undefined && cached.metadata.uid !== object.metadata.uid) this.forget(keyOf(object));
    const previous = this.lister.put(object);
    for (const handler of this.handlers) this.call(handler, previous, object);
  }

  private forget(key: ObjectKey): void {
    const previous = this.lister.remove(key);
    if (previous === undefined) return;
    for (const handler of this.handlers) this.call(handler, previous, undefined);
  }

  private call(handler: ChangeHandler<T>, previous: T | undefined, current: T | undefined): void {
    try {
      handler({ previous, current });
    } catch (error) {
      this.logger.error('change handler failed', { error });
    }
  }

  private advance(revision: number): void {
    if (revision <= this.revision) return;
    this.revision = revision;
    for (const waiter of this.waiters) if (waiter.revision <= revision) waiter.resolve();
  }
}

function selectionOf<T extends ApiObject>(
  { fieldSelector }: InformerOptions<T>,
  info: ResourceInfo | undefined,
): (object: T) => boolean {
  if (fieldSelector === undefined || fieldSelector === '' || info === undefined) return () => true;
  const selector = parseFieldSelector(fieldSelector);
  return (object) => selector.matches(fieldsOf(info, object));
}

function withResolvers(): { promise: Promise<void>; resolve: () => void; reject: (error: Error) => void } {
  const resolvers = Promise.withResolvers<void>();
  resolvers.promise.catch(ignoreAbort);
  return resolvers;
}

function ignoreAbort(error: unknown): void {
  if (!(error instanceof AbortedError)) throw error;
}
