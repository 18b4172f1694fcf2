import {
  type ApiObject,
  isConflict,
  isNotFound,
  type ResourceInfo,
  type ResourceLookup,
  type ValidatingAdmissionPolicy,
} from '@orrery/api';
import type { Host, Timer } from '@orrery/runtime';
import type { ObjectCache } from '../../cache/object-cache.ts';
import type { CacheListener, ResourceCache } from '../../cache/resource-cache.ts';
import type { SystemWriter } from '../../registry/system-writer.ts';
import { typeWarnings } from './type-checker.ts';

/** How long after a failure the policies are looked at again. */
const retryMs = 1_000;

/**
 * Keeps the status of ValidatingAdmissionPolicies: which generation has been checked, and what its types are warned of. Every API server runs one; it
 * does not matter which of them is first.
 */
export class PolicyStatusController implements CacheListener {
  private started = false;
  private pending = false;
  private retry: Timer | undefined;
  private running: Promise<void> = Promise.resolve();

  constructor(
    private readonly info: ResourceInfo,
    /** Where the kinds are found that policies are about. */
    private readonly table: ResourceLookup,
    private readonly cache: ObjectCache,
    private readonly writer: SystemWriter,
    private readonly host: Pick<Host, 'timers' | 'logger'>,
  ) {}

  start(): void {
    if (this.started) return;
    this.started = true;
    this.policies.listen(this);
    this.schedule();
  }

  async stop(): Promise<void> {
    this.started = false;
    this.policies.unlisten(this);
    this.retry?.cancel();
    await this.running;
  }

  onEvent(): void {
    this.schedule();
  }

  /** A cache that starts over forgets its listeners. */
  onReset(): void {
    if (!this.started) return;
    this.policies.listen(this);
    this.schedule();
  }

  private get policies(): ResourceCache {
    return this.cache.resource(this.info.group, this.info.resource);
  }

  /** One round at a time, and at most one that waits. */
  private schedule(): void {
    if (this.pending || !this.started) return;
    this.pending = true;
    this.running = this.running.then(() => this.round());
  }

  private async round(): Promise<void> {
    this.pending = false;
    for (const { object } of [...this.policies.range('')]) {
      if (!this.started) return;
      const policy = object as ValidatingAdmissionPolicy;
      if (policy.status?.observedGeneration === policy.metadata.generation) continue;
      try {
        await this.writer.modify(this.info, '', policy.metadata.name, 'status', ({ object: current }) =>
          this.checked(current),
        );
      } catch (error) {
        if (isNotFound(error) || isConflict(error)) continue;
        this.host.logger.warn('policy status not written', { error, policy: policy.metadata.name });
        this.retry?.cancel();
        this.retry = this.host.timers.after(retryMs, () => this.schedule());
      }
    }
  }

  private checked(current: ApiObject): ApiObject {
    const policy = current as ValidatingAdmissionPolicy;
    const expressionWarnings = typeWarnings(policy, this.table);
    const typeChecking = expressionWarnings.length === 0 ? {} : { expressionWarnings };
    const status = { ...policy.status, observedGeneration: policy.metadata.generation, typeChecking };
    return { ...policy, status } as ApiObject;
  }
}
