import {
  type ApiObject,
  CustomResourceDefinition,
  type GroupVersionResource,
  isNotFound,
  type ObjectList,
  type ResourceInfo,
  ResourceTable,
  type ResourceType,
  resourceType,
} from '@orrery/api';
import { LogExpiredError, openRegistryLog, SlowConsumerError } from '@orrery/bus';
import {
  type ApiClient,
  type InformerContext,
  type ListOptions,
  type RegistryEvent,
  readRegistryEvent,
} from '@orrery/client';
import { registryv1 } from '@orrery/proto';
import { AbortedError } from '@orrery/runtime';
import { type CustomResource, customResources, servedResource } from './custom-resources.ts';
import { GraphIndex } from './graph-index.ts';
import { type GraphNode, graphNode } from './graph-node.ts';

/** Called after the graph holds the change; `current` is undefined for an object that is gone. */
export type GraphListener = (change: { previous: GraphNode | undefined; current: GraphNode | undefined }) => void;

const retryDelay = 500;

/**
 * Every object of the cluster with its owners, kept by following the whole registry log once. Because it is one log, an owner is always
 * known before what it owns. Events (the objects) are left out: nothing owns them.
 */
export class ObjectGraph {
  private readonly index = new GraphIndex();
  /** Custom resources by `group/resource`: objects may be stored in a version in which nobody can ask for them any more. */
  private readonly served = new Map<string, CustomResource>();
  private readonly listeners = new Set<GraphListener>();
  private readonly stopping = new AbortController();
  private readonly filled = Promise.withResolvers<void>();
  private running: Promise<void> | undefined;
  private revision = 0;

  constructor(private readonly context: InformerContext) {
    this.filled.promise.catch(ignoreAbort);
  }

  get(uid: string): GraphNode | undefined {
    return this.index.get(uid);
  }

  all(): GraphNode[] {
    return this.index.all();
  }

  dependents(uid: string): GraphNode[] {
    return this.index.dependents(uid);
  }

  inNamespace(namespace: string): GraphNode[] {
    return this.index.inNamespace(namespace);
  }

  /** Listens until `signal` aborts. */
  onChange(listener: GraphListener, signal: AbortSignal): void {
    this.listeners.add(listener);
    signal.addEventListener('abort', () => this.listeners.delete(listener));
  }

  /** Resolves when everything that exists is in the graph. */
  start(): Promise<void> {
    this.running ??= this.run();
    return this.filled.promise;
  }

  /** May be called twice. */
  async stop(): Promise<void> {
    this.stopping.abort();
    this.filled.reject(new AbortedError('filling the object graph'));
    await this.running;
  }

  private async run(): Promise<void> {
    const { signal } = this.stopping;
    const { timers, logger } = this.context.host;
    while (!signal.aborted) {
      try {
        await this.listAll();
        this.filled.resolve();
        await this.follow(signal);
      } catch (error) {
        if (signal.aborted) return;
        logger.warn('object graph starts anew', { error });
        if (error instanceof LogExpiredError || error instanceof SlowConsumerError) continue;
        await timers.sleep(retryDelay, signal).catch(ignoreAbort);
      }
    }
  }

  private async listAll(): Promise<void> {
    const { api } = this.context;
    // Those that are defined later come with the log.
    const custom = await customResources(api);
    this.served.clear();
    for (const resource of custom) this.served.set(resourceKey(resource), resource);
    const resources = [...storedResources(), ...custom];
    const lists = await Promise.all(
      resources.map(async ({ group, version, resource }) => {
        const type = resourceType<ApiObject>(group, version, resource);
        return { type, list: await listServed(api, type) };
      }),
    );
    if (this.stopping.signal.aborted) return;
    const gone = new Set(this.index.all().map(({ uid }) => uid));
    for (const { type, list } of lists) {
      for (const object of list?.items ?? []) {
        gone.delete(object.metadata.uid);
        this.put(graphNode(type, object));
      }
    }
    for (const uid of gone) this.remove(uid);
    const revisions = lists.flatMap(({ list }) => (list === undefined ? [] : [Number(list.metadata.resourceVersion)]));
    this.revision = Math.min(...revisions);
  }

  private async follow(signal: AbortSignal): Promise<void> {
    const { bus, subjects } = this.context;
    const log = await openRegistryLog(bus, subjects);
    for await (const { data, position } of log.follow({ after: this.revision, signal })) {
      if (signal.aborted) return;
      this.apply(readRegistryEvent(data));
      this.revision = position;
    }
  }

  private apply(read: RegistryEvent): void {
    const { event } = read;
    if (event.type === registryv1.Event_Type.TYPE_UNSPECIFIED || isIgnored(event)) return;
    const known = this.index.get(event.uid);
    if (known !== undefined && known.revision >= Number(event.revision)) return;
    if (event.type === registryv1.Event_Type.TYPE_DELETED) {
      this.remove(event.uid);
      return;
    }
    const object = read.object;
    this.put(graphNode(this.typeOf(event), object));
    const { group, resource } = CustomResourceDefinition;
    if (event.group === group && event.resource === resource) this.adoptVersion(object as CustomResourceDefinition);
  }

  private typeOf({ group, version, resource }: GroupVersionResource): ResourceType<ApiObject> {
    return resourceType(group, this.served.get(resourceKey({ group, resource }))?.version ?? version, resource);
  }

  /** From now on the objects of the definition are asked for in a version that it serves. */
  private adoptVersion(definition: CustomResourceDefinition): void {
    const current = servedResource(definition);
    if (current === undefined) return;
    const key = resourceKey(current);
    const known = this.served.get(key);
    this.served.set(key, current);
    if (known?.version === current.version) return;
    for (const node of this.index.all()) {
      if (resourceKey(node.type) === key) this.index.put({ ...node, type: this.typeOf(node.type) });
    }
  }

  private put(current: GraphNode): void {
    const previous = this.index.get(current.uid);
    if (previous?.revision === current.revision) return;
    this.index.put(current);
    for (const listener of this.listeners) listener({ previous, current });
  }

  private remove(uid: string): void {
    const previous = this.index.get(uid);
    if (previous === undefined) return;
    this.index.remove(uid);
    for (const listener of this.listeners) listener({ previous, current: undefined });
  }
}

/** All objects of a resource; `undefined` where the API server does not serve it, as is usual for those that are not stable yet. */
export async function listServed<T extends ApiObject>(
  api: ApiClient,
  type: ResourceType<T>,
  options?: ListOptions,
): Promise<ObjectList<T> | undefined> {
  try {
    return await api.list(type, options);
  } catch (error) {
    if (isNotFound(error)) return undefined;
    throw error;
  }
}

/** Resources that are stored, each once, in the version that they are stored in. */
export function storedResources(): ResourceInfo[] {
  return ResourceTable.builtIn()
    .all()
    .filter(({ group, version, resource, storage, verbs }) => {
      const isStored = storage.group === group && storage.version === version && storage.resource === resource;
      return isStored && verbs.includes('list') && verbs.includes('delete') && !isIgnored({ group, resource });
    });
}

function resourceKey({ group, resource }: { readonly group: string; readonly resource: string }): string {
  return `${group}/${resource}`;
}

function isIgnored({ group, resource }: { readonly group: string; readonly resource: string }): boolean {
  return resource === 'events' && (group === '' || group === 'events.k8s.io');
}

function ignoreAbort(error: unknown): void {
  if (!(error instanceof AbortedError)) throw error;
}
