import { spliceResourceVersion } from '@orrery/api';
import { type Bus, type Log, LogExpiredError, openRegistryLog, type Subjects } from '@orrery/bus';
import { registryv1 } from '@orrery/proto';
import { REGISTRY_PREFIX } from '@orrery/registry-log';
import type { Host } from '@orrery/runtime';
import type { KeyValueStore, StoredValue } from '../storage/key-value-store.ts';
import { RevisionCompactedError, StorageUnavailableError, ValueTooLargeError } from '../storage/storage-errors.ts';
import { CachedObject } from './cached-object.ts';
import { ResourceCache } from './resource-cache.ts';
import { RevisionWaiters } from './revision-waiters.ts';

/** Objects fetched at once while filling. Halved when an answer would be too large for the bus. */
const pageMax = 500;
/** How long a read waits for the cache to catch up: upstream's limit. */
export const freshnessTimeoutMs = 3_000;
const restartPauseMs = 200;
/** The buffer around an object may be this many times its size; a larger one is let go. */
const restMax = 1.25;

/**
 * Every object of the cluster as of one revision, kept up to date from the registry log. Reads of one revision see all resources
 * at that revision.
 */
export class ObjectCache {
  private readonly resources = new Map<string, ResourceCache>();
  private readonly waiters: RevisionWaiters;
  private readonly stopping = new AbortController();
  private startRevision = 0;
  private filledOnce = false;
  private pendingRevision: Promise<number> | undefined;
  private nextRevision: Promise<number> | undefined;
  private following: Promise<void> | undefined;

  constructor(
    private readonly store: KeyValueStore,
    private readonly bus: Bus,
    private readonly subjects: Subjects,
    private readonly host: Host,
  ) {
    this.waiters = new RevisionWaiters(host.timers);
  }

  /** The revision that the cache shows now. */
  get revision(): number {
    return this.waiters.current;
  }

  get filled(): boolean {
    return this.filledOnce;
  }

  /** Resolves when the cache is filled; it follows the log from then on. */
  async start(): Promise<void> {
    const log = await openRegistryLog(this.bus, this.subjects);
    await this.fill();
    this.following = this.followForever(log);
  }

  async stop(): Promise<void> {
    this.stopping.abort();
    this.waiters.stop();
    for (const resource of this.resources.values()) resource.reset(this.revision);
    await this.following;
  }

  /** The part of the cache for a stored resource; `group` is `''` for core. */
  resource(group: string, resource: string): ResourceCache {
    return this.resourceOf(`${group === '' ? 'core' : group}/${resource}`);
  }

  /** All parts that there are; `group` is `''` for core. */
  parts(): { readonly group: string; readonly resource: string; readonly part: ResourceCache }[] {
    return [...this.resources].map(([id, part]) => {
      const [group = '', resource = ''] = id.split('/', 2);
      return { group: group === 'core' ? '' : group, resource, part };
    });
  }

  /** Is the cache at `revision` or later, at the latest in three seconds? */
  waitFor(revision: number): Promise<boolean> {
    return this.waiters.wait(revision, freshnessTimeoutMs);
  }

  /** Waits until the cache shows every write that was acknowledged before the call. */
  async waitUntilFresh(): Promise<boolean> {
    return this.waitFor(await this.sharedCurrentRevision());
  }

  /**
   * One question to storage at a time, for all who come before it is sent. It is sent when the last one has been answered and all requests that have
   * arrived have been read.
   */
  private sharedCurrentRevision(): Promise<number> {
    this.nextRevision ??= this.askSoon();
    return this.nextRevision;
  }

  private async askSoon(): Promise<number> {
    await this.pendingRevision?.catch(() => undefined);
    await new Promise<void>((resolve) => this.host.timers.soon(resolve));
    this.pendingRevision = this.nextRevision;
    this.nextRevision = undefined;
    return this.store.currentRevision();
  }

  private async fill(): Promise<void> {
    for (;;) {
      try {
        const { revision, items } = await this.readAll();
        this.replaceAll(revision, items);
        return;
      } catch (error) {
        // Storage may start later than we do, or be without a leader for a while.
        const passing = error instanceof RevisionCompactedError || error instanceof StorageUnavailableError;
        if (!passing || this.stopping.signal.aborted) throw error;
        this.host.logger.warn('waiting for storage to fill the cache', { error });
      }
    }
  }

  private async readAll(): Promise<{ revision: number; items: StoredValue[] }> {
    const items: StoredValue[] = [];
    let revision: number | undefined;
    let from = REGISTRY_PREFIX;
    let limit = pageMax;
    for (;;) {
      try {
        const page = await this.store.page({ prefix: REGISTRY_PREFIX, from, limit, revision });
        revision ??= page.revision;
        items.push(...page.items);
        const last = page.items[page.items.length - 1];
        if (!page.more || last === undefined) return { revision, items };
        from = `${last.key}\0`;
      } catch (error) {
        if (!(error instanceof ValueTooLargeError) || limit === 1) throw error;
        limit = Math.ceil(limit / 2);
      }
    }
  }

  private replaceAll(revision: number, items: readonly StoredValue[]): void {
    this.startRevision = revision;
    for (const resource of this.resources.values()) resource.reset(revision);
    for (const item of items) {
      const bytes = spliceResourceVersion(item.value, item.modRevision);
      this.resourceOf(resourceIdOf(item.key)).load(new CachedObject(item.key, item.modRevision, bytes));
    }
    this.filledOnce = true;
    this.waiters.advance(revision);
  }

  private async followForever(log: Log): Promise<void> {
    const { signal } = this.stopping;
    while (!signal.aborted) {
      let problem: unknown;
      try {
        for await (const entry of log.follow({ after: this.revision, signal })) {
          this.apply(registryv1.Event.decode(entry.data), entry.position);
        }
      } catch (error) {
        problem = error;
      }
      if (signal.aborted) return;
      this.host.logger.warn('registry log interrupted', { error: problem, revision: this.revision });
      await this.recover(problem);
    }
  }

  /** Whatever went wrong, a fresh fill is right; a log that merely broke off or ended is followed from where we stand, after a pause. */
  private async recover(problem: unknown): Promise<void> {
    try {
      if (problem instanceof LogExpiredError) await this.fill();
      await this.host.timers.sleep(restartPauseMs, this.stopping.signal);
    } catch (cause) {
      if (!this.stopping.signal.aborted) this.host.logger.error('cache could not be filled', { error: cause });
    }
  }

  private apply(event: registryv1.Event, revision: number): void {
    const type = eventType(event.type);
    if (type !== undefined) {
      const group = event.group === '' ? 'core' : event.group;
      const id = `${group}/${event.resource}`;
      const key = `${REGISTRY_PREFIX}${id}/${event.namespace === '' ? '_' : event.namespace}/${event.name}`;
      this.resourceOf(id).apply(type, new CachedObject(key, revision, withoutRest(event.object)));
    }
    this.waiters.advance(revision);
  }

  private resourceOf(id: string): ResourceCache {
    let resource = this.resources.get(id);
    if (resource === undefined) {
      resource = new ResourceCache(this.startRevision);
      this.resources.set(id, resource);
    }
    return resource;
  }
}

/** The bytes without the message and the packet that they came in, which would be kept as long as they are. */
function withoutRest(bytes: Uint8Array): Uint8Array {
  return bytes.buffer.byteLength > bytes.length * restMax ? new Uint8Array(bytes) : bytes;
}

/** `<group>/<resource>` of a storage key. */
function resourceIdOf(key: string): string {
  const [group = '', resource = ''] = key.slice(REGISTRY_PREFIX.length).split('/', 2);
  return `${group}/${resource}`;
}

function eventType(type: registryv1.Event_Type): 'ADDED' | 'MODIFIED' | 'DELETED' | undefined {
  switch (type) {
    case registryv1.Event_Type.TYPE_ADDED:
      return 'ADDED';
    case registryv1.Event_Type.TYPE_MODIFIED:
      return 'MODIFIED';
    case registryv1.Event_Type.TYPE_DELETED:
      return 'DELETED';
    default:
      return undefined;
  }
}
