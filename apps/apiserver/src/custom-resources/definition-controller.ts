import {
  ApiError,
  type CustomResourceDefinition,
  deepEqual,
  isNotFound,
  keyText,
  type ResourceInfo,
  storagePrefix,
} from '@orrery/api';
import {
  byAge,
  type ConditionState,
  cleanupFinalizer,
  conditionIsTrue,
  definitionStatus,
  storedResource,
  withCondition,
} from '@orrery/custom-resource';
import { formatTime, type Host } from '@orrery/runtime';
import type { ObjectCache } from '../cache/object-cache.ts';
import type { CacheListener, ResourceCache } from '../cache/resource-cache.ts';
import type { SystemWriter } from '../registry/system-writer.ts';

/** How long after a failure, or while instances are still there, a definition is looked at again. */
const retryMs = 1_000;

/**
 * Keeps the status of definitions: accepts their names, establishes them, and empties those that are being deleted. Every API server runs one; each step
 * follows from the state of the cache, so that it does not matter which of them takes it, or how often.
 */
export class DefinitionController implements CacheListener {
  private readonly stopping = new AbortController();
  private wake: (() => void) | undefined;
  private dirty = true;
  private running: Promise<void> | undefined;

  constructor(
    private readonly info: ResourceInfo,
    private readonly cache: ObjectCache,
    private readonly writer: SystemWriter,
    private readonly host: Pick<Host, 'clock' | 'timers' | 'logger'>,
  ) {}

  start(): void {
    if (this.running !== undefined) return;
    this.definitions.listen(this);
    this.running = this.run(this.stopping.signal);
  }

  async stop(): Promise<void> {
    this.stopping.abort();
    this.definitions.unlisten(this);
    this.wakeUp();
    await this.running;
  }

  onEvent(): void {
    this.wakeUp();
  }

  /** A cache that starts over forgets its listeners. */
  onReset(): void {
    if (!this.stopping.signal.aborted) this.definitions.listen(this);
    this.wakeUp();
  }

  private async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      this.dirty = false;
      const settled = await this.reconcileAll(signal);
      if (signal.aborted) return;
      await this.idle(settled ? undefined : retryMs);
    }
  }

  /** Until something changes, or for so long. */
  private async idle(limitMs: number | undefined): Promise<void> {
    if (this.dirty) return;
    const timer = limitMs === undefined ? undefined : this.host.timers.after(limitMs, () => this.wakeUp());
    await new Promise<void>((resolve) => {
      this.wake = resolve;
    });
    timer?.cancel();
  }

  private wakeUp(): void {
    this.dirty = true;
    const wake = this.wake;
    this.wake = undefined;
    wake?.();
  }

  private get definitions(): ResourceCache {
    return this.cache.resource(this.info.group, this.info.resource);
  }

  private cached(): CustomResourceDefinition[] {
    return this.definitions.range(storagePrefix(this.info)).map(({ object }) => object as CustomResourceDefinition);
  }

  /** True where nothing is left to be done. The older of two that want the same name comes first. */
  private async reconcileAll(signal: AbortSignal): Promise<boolean> {
    let settled = true;
    for (const definition of this.cached().sort(byAge)) {
      if (signal.aborted) return true;
      try {
        settled = (await this.reconcile(definition)) && settled;
      } catch (error) {
        if (signal.aborted) return true;
        settled = false;
        if (!(error instanceof ApiError)) throw error;
        this.host.logger.warn('definition not reconciled', { error, definition: definition.metadata.name });
      }
    }
    return settled;
  }

  private async reconcile(definition: CustomResourceDefinition): Promise<boolean> {
    await this.keepStatus(definition);
    const { deletionTimestamp, finalizers = [] } = definition.metadata;
    if (deletionTimestamp === undefined || !finalizers.includes(cleanupFinalizer)) return true;
    return this.cleanUp(definition);
  }

  private async keepStatus(definition: CustomResourceDefinition): Promise<void> {
    const now = formatTime(this.host.clock.now());
    if (deepEqual(definitionStatus(definition, this.cached(), now), definition.status)) return;
    await this.modify(definition, 'status', (current) => ({
      ...current,
      status: definitionStatus(current, this.cached(), now),
    }));
  }

  /** Deletes the instances of a definition; lets it go when there are none left. */
  private async cleanUp(definition: CustomResourceDefinition): Promise<boolean> {
    const info = storedResource(definition);
    if (info === undefined || !conditionIsTrue(definition, 'Established')) {
      await this.finish(definition, terminating('False', 'NeverEstablished', 'resource was never established'));
      return true;
    }
    const inProgress = terminating('True', 'InstanceDeletionInProgress', 'CustomResource deletion is in progress');
    await this.setCondition(definition, inProgress);
    const failure = await this.deleteInstances(info);
    if (failure !== undefined) {
      const message = `could not issue all deletes: ${failure}`;
      await this.setCondition(definition, terminating('True', 'InstanceDeletionFailed', message));
      return false;
    }
    if (!(await this.cache.waitUntilFresh()) || this.instances(info).length > 0) return false;
    await this.finish(definition, terminating('False', 'InstanceDeletionCompleted', 'removed all instances'));
    return true;
  }

  private instances(info: ResourceInfo) {
    return this.cache.resource(info.storage.group, info.storage.resource).range(storagePrefix(info));
  }

  /** Why some could not be deleted. */
  private async deleteInstances(info: ResourceInfo): Promise<string | undefined> {
    for (const { object } of [...this.instances(info)]) {
      const { name, namespace = '', deletionTimestamp } = object.metadata;
      if (deletionTimestamp !== undefined) continue;
      try {
        await this.writer.delete(info, namespace, name);
      } catch (error) {
        if (!(error instanceof ApiError)) throw error;
        if (!isNotFound(error)) return `${keyText({ namespace, name })}: ${error.message}`;
      }
    }
    return undefined;
  }

  private async finish(definition: CustomResourceDefinition, condition: ConditionState): Promise<void> {
    await this.setCondition(definition, condition);
    await this.modify(definition, '', (current) => {
      const finalizers = (current.metadata.finalizers ?? []).filter((name) => name !== cleanupFinalizer);
      return { ...current, metadata: { ...current.metadata, finalizers } };
    });
  }

  private async setCondition(definition: CustomResourceDefinition, condition: ConditionState): Promise<void> {
    await this.modify(definition, 'status', (current) => this.conditioned(current, condition));
  }

  private conditioned(definition: CustomResourceDefinition, condition: ConditionState): CustomResourceDefinition {
    const { status } = definition;
    const conditions = withCondition(status.conditions ?? [], condition, formatTime(this.host.clock.now()));
    return { ...definition, status: { ...status, conditions: [...conditions] } };
  }

  /** Leaves alone a definition that is gone meanwhile, or that has given its name to another. */
  private async modify(
    { metadata }: CustomResourceDefinition,
    subresource: 'status' | '',
    change: (current: CustomResourceDefinition) => CustomResourceDefinition,
  ): Promise<void> {
    try {
      await this.writer.modify(this.info, '', metadata.name, subresource, ({ object }) => {
        return object.metadata.uid === metadata.uid ? change(object as CustomResourceDefinition) : object;
      });
    } catch (error) {
      if (!isNotFound(error)) throw error;
    }
  }
}

function terminating(status: 'True' | 'False', reason: string, message: string): ConditionState {
  return { type: 'Terminating', status, reason, message };
}
