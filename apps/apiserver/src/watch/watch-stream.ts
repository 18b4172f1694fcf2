import type { Host, Timer } from '@orrery/runtime';
import { CachedObject } from '../cache/cached-object.ts';
import type { CacheEvent, CacheListener, ResourceCache } from '../cache/resource-cache.ts';
import type { Representation, WatchEventType } from '../negotiation/representation.ts';
import type { ObjectFilter } from './object-filter.ts';

/** Events that may wait for one client; a client further behind is cut off and has to list again. */
const pendingMax = 16_384;
const bookmarkIntervalMs = 60_000;

export interface WatchOptions {
  readonly resource: ResourceCache;
  readonly filter: ObjectFilter;
  readonly representation: Representation;
  /** Objects sent as ADDED before anything else. */
  readonly initial: readonly CachedObject[];
  /** Events after this revision are sent. */
  readonly after: number;
  readonly bookmarks: boolean;
  /** Send the bookmark that ends the initial events (`sendInitialEvents`). */
  readonly markInitialEnd: boolean;
  readonly timeoutMs: number;
  /** The cache's revision now, for bookmarks. */
  readonly revision: () => number;
  /** The kind and version of a bookmark's object. */
  readonly bookmarkKind: { readonly kind: string; readonly apiVersion: string };
}

/**
 * One client's watch: lines of JSON. Listens from its construction on, so that nothing between the initial state and the first read is lost;
 * ends by itself at its timeout, when the client leaves, falls behind, or the cache starts over.
 */
export class WatchStream implements CacheListener {
  private readonly pending: Uint8Array[] = [];
  private wake: (() => void) | undefined;
  private ended = false;
  private readonly timers: Timer[] = [];

  constructor(
    private readonly options: WatchOptions,
    host: Pick<Host, 'timers'>,
    private readonly signal: AbortSignal,
  ) {
    const history = options.resource.eventsAfter(options.after);
    for (const object of options.initial) this.send('ADDED', object);
    if (options.markInitialEnd) this.sendBookmark(true);
    for (const event of history) this.onEvent(event);
    options.resource.listen(this);
    this.timers.push(host.timers.after(options.timeoutMs, () => this.end()));
    if (options.bookmarks) this.timers.push(host.timers.every(bookmarkIntervalMs, () => this.sendBookmark(false)));
    signal.addEventListener('abort', this.onAbort);
    if (signal.aborted) this.end();
  }

  async *lines(): AsyncIterable<Uint8Array> {
    try {
      for (;;) {
        if (this.pending.length > 0) {
          const lines = this.pending.splice(0);
          yield Buffer.concat(lines);
          continue;
        }
        if (this.ended) return;
        await new Promise<void>((resolve) => {
          this.wake = resolve;
        });
      }
    } finally {
      this.end();
    }
  }

  onEvent(event: CacheEvent): void {
    const { filter } = this.options;
    const { current, previous } = event;
    const now = event.type !== 'DELETED' && filter.matches(current);
    const before = previous !== undefined && filter.matches(previous);
    if (now) this.send(before ? 'MODIFIED' : 'ADDED', current);
    else if (before) this.send('DELETED', event.type === 'DELETED' ? current : lastMatching(previous, event.revision));
  }

  onReset(): void {
    this.end();
  }

  private readonly onAbort = (): void => this.end();

  private sendBookmark(initialEnd: boolean): void {
    const annotations = initialEnd ? { 'k8s.io/initial-events-end': 'true' } : undefined;
    const resourceVersion = String(initialEnd ? this.options.after : this.options.revision());
    const metadata = { resourceVersion, creationTimestamp: null, annotations };
    const bytes = new TextEncoder().encode(JSON.stringify({ ...this.options.bookmarkKind, metadata }));
    this.send('BOOKMARK', new CachedObject('', Number(resourceVersion), bytes));
  }

  private send(type: WatchEventType, object: CachedObject): void {
    if (this.ended) return;
    if (this.pending.length >= pendingMax + this.options.initial.length) {
      this.end();
      return;
    }
    this.pending.push(this.options.representation.watchEvent(type, object));
    this.wakeUp();
  }

  private end(): void {
    if (this.ended) return;
    this.ended = true;
    this.options.resource.unlisten(this);
    for (const timer of this.timers) timer.cancel();
    this.signal.removeEventListener('abort', this.onAbort);
    this.wakeUp();
  }

  private wakeUp(): void {
    const wake = this.wake;
    this.wake = undefined;
    wake?.();
  }
}

/** What a client is told of an object that it must forget: the state that it knew, at the revision of the change. */
function lastMatching(previous: CachedObject, revision: number): CachedObject {
  const object = { ...previous.object, metadata: { ...previous.object.metadata, resourceVersion: String(revision) } };
  return new CachedObject(previous.key, revision, new TextEncoder().encode(JSON.stringify(object)));
}
