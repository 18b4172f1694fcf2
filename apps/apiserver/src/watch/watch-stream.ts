import { ApiError } from '@orrery/api';
import type { Host, Timer } from '@orrery/runtime';
import { CachedObject } from '../cache/cached-object.ts';
import type { CacheEvent, CacheListener, ResourceCache } from '../cache/resource-cache.ts';
import type { Eventually } from '../custom-resources/object-versions.ts';
import { type Representation, type WatchEventType, watchLine } from '../negotiation/representation.ts';
import type { ObjectFilter } from './object-filter.ts';
import type { WatchRounds } from './watch-rounds.ts';

/** What may wait for one client beyond the events that it begins with; a client further behind is cut off and has to list again. */
const pendingEventsMax = 16_384;
const pendingBytesMax = 64 * 1024 * 1024;
/** Bytes written at once. */
const chunkBytes = 64 * 1024;
const bookmarkIntervalMs = 60_000;
/** A last bookmark this long before the end, so that the next watch begins close to where this one was. */
const lastBookmarkBeforeEndMs = 2_000;

export interface WatchOptions {
  readonly resource: ResourceCache;
  readonly filter: ObjectFilter;
  readonly representation: Representation;
  /** Gives custom resources in the version that is watched, in their order. Absent: they are stored as they are served. */
  readonly serve?: (objects: readonly CachedObject[]) => Eventually<readonly CachedObject[]>;
  /** Those that match are sent as ADDED before anything else. */
  readonly initial: readonly CachedObject[];
  /** Events after this revision are sent. */
  readonly after: number;
  readonly bookmarks: boolean;
  /** Send the bookmark that ends the initial events (`sendInitialEvents`). */
  readonly markInitialEnd: boolean;
  readonly timeoutMs: number;
  /** The cache's revision now, for bookmarks. */
  readonly revision: () => number;
  /** Hears of the bytes of each event that is written. */
  readonly sent: (bytes: number) => void;
  /** The kind and version of a bookmark's object. */
  /** When what has come is written. */
  readonly rounds: WatchRounds;
  readonly bookmarkKind: { readonly kind: string; readonly apiVersion: string };
}

interface PendingEvent {
  readonly type: WatchEventType;
  readonly object: CachedObject;
}

/**
 * One client's watch: lines of JSON. Listens from its construction on, so that nothing between the initial state and the first read is lost;
 * ends by itself at its timeout, when the client leaves, falls behind, or the cache starts over. Events wait as the cache's own objects and are
 * written when the client takes them.
 */
export class WatchStream implements CacheListener {
  /** Changes are those that the filter has still to judge. */
  private pending: (PendingEvent | CacheEvent)[] = [];
  /** Of the events behind those that it began with. */
  private pendingBytes = 0;
  private pendingMax = 0;
  private started = false;
  private wake: (() => void) | undefined;
  private ended = false;
  private readonly timers: Timer[] = [];

  constructor(
    private readonly options: WatchOptions,
    host: Pick<Host, 'timers'>,
    private readonly signal: AbortSignal,
  ) {
    const history = options.resource.eventsAfter(options.after);
    for (const current of options.initial) this.take({ type: 'ADDED', revision: 0, current, previous: undefined });
    if (options.markInitialEnd) this.sendBookmark(true);
    for (const event of history) this.onEvent(event);
    this.pendingMax = pendingEventsMax + this.pending.length;
    this.pendingBytes = 0;
    this.started = true;
    options.resource.listen(this);
    this.startTimers(host.timers);
    signal.addEventListener('abort', this.onAbort);
    if (signal.aborted) this.end();
  }

  async *lines(): AsyncIterable<Uint8Array> {
    try {
      for (;;) {
        if (this.pending.length > 0) {
          yield* this.takePending();
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
    // A watch may begin at a revision that this server has not reached yet.
    if (event.revision > this.options.after) this.take(event);
  }

  onReset(): void {
    this.end();
  }

  private readonly onAbort = (): void => this.end();

  /** Everything that waits, in chunks of a bounded size. */
  private async *takePending(): AsyncIterable<Uint8Array> {
    const taken = this.pending;
    this.pending = [];
    this.pendingBytes = 0;
    let lines: Uint8Array[] = [];
    let size = 0;
    const events = await this.judgedOrFailure(taken);
    if (events instanceof ApiError) {
      yield this.lastWord(events);
      return;
    }
    for (const { type, object } of events) {
      const line = this.options.representation.watchEvent(type, object);
      this.options.sent(line.length);
      lines.push(line);
      size += line.length;
      if (size < chunkBytes) continue;
      yield joined(lines, size);
      lines = [];
      size = 0;
    }
    if (size > 0) yield joined(lines, size);
  }

  /** Selectors speak of a custom resource in the version that is watched: it is judged when it is there in that one. */
  private take(change: CacheEvent): void {
    const { filter, serve } = this.options;
    if (serve !== undefined) {
      if (change.current.key.startsWith(filter.prefix)) this.send(change, change.current.bytes.length);
      return;
    }
    const event = eventOf(change, filter);
    if (event !== undefined) this.send(event, event.object.bytes.length);
  }

  private async judgedOrFailure(
    taken: readonly (PendingEvent | CacheEvent)[],
  ): Promise<readonly PendingEvent[] | ApiError> {
    try {
      return await this.judged(taken);
    } catch (error) {
      if (error instanceof ApiError) return error;
      throw error;
    }
  }

  /** Objects that cannot be converted end the watch: what it would leave out the client could never know of. */
  private lastWord({ status }: ApiError): Uint8Array {
    this.end();
    this.pending = [];
    return watchLine('ERROR', new TextEncoder().encode(JSON.stringify(status)));
  }

  private async judged(taken: readonly (PendingEvent | CacheEvent)[]): Promise<readonly PendingEvent[]> {
    const { filter, serve = (objects: readonly CachedObject[]) => objects } = this.options;
    const stored = taken.filter(isChange).flatMap(({ current, previous }) => {
      return previous === undefined || filter.everything ? [current] : [current, previous];
    });
    const objects = stored.length === 0 ? stored : await serve(stored);
    const inVersion = new Map(stored.map((object, i) => [object, objects[i] ?? object]));
    return taken.flatMap((event) => {
      if (!isChange(event)) return [event];
      const current = inVersion.get(event.current) ?? event.current;
      const previous = event.previous && (inVersion.get(event.previous) ?? event.previous);
      return eventOf({ ...event, current, previous }, filter) ?? [];
    });
  }

  private startTimers(timers: Host['timers']): void {
    const { timeoutMs, bookmarks } = this.options;
    this.timers.push(timers.after(timeoutMs, () => this.end()));
    if (!bookmarks) return;
    this.timers.push(timers.every(bookmarkIntervalMs, () => this.sendBookmark(false)));
    if (timeoutMs <= lastBookmarkBeforeEndMs) return;
    this.timers.push(timers.after(timeoutMs - lastBookmarkBeforeEndMs, () => this.sendBookmark(false)));
  }

  private sendBookmark(initialEnd: boolean): void {
    const annotations = initialEnd ? { 'k8s.io/initial-events-end': 'true' } : undefined;
    // Never behind where the watch began, which may be ahead of this server.
    const revision = initialEnd ? this.options.after : Math.max(this.options.revision(), this.options.after);
    const metadata = { resourceVersion: String(revision), annotations };
    const bytes = new TextEncoder().encode(JSON.stringify({ ...this.options.bookmarkKind, metadata }));
    this.send({ type: 'BOOKMARK', object: new CachedObject('', revision, bytes) }, bytes.length);
  }

  private send(event: PendingEvent | CacheEvent, bytes: number): void {
    if (this.ended) return;
    this.pendingBytes += bytes;
    if (this.started && (this.pending.length >= this.pendingMax || this.pendingBytes > pendingBytesMax)) {
      this.end();
      return;
    }
    this.pending.push(event);
    if (this.wake !== undefined) this.options.rounds.join(this.wakeUp);
  }

  private end(): void {
    if (this.ended) return;
    this.ended = true;
    this.options.resource.unlisten(this);
    for (const timer of this.timers) timer.cancel();
    this.signal.removeEventListener('abort', this.onAbort);
    this.wakeUp();
  }

  private readonly wakeUp = (): void => {
    const wake = this.wake;
    this.wake = undefined;
    wake?.();
  };
}

/** What was joined last: most watches of the same round send the same lines. */
let lastJoined: { readonly lines: readonly Uint8Array[]; readonly bytes: Uint8Array } = {
  lines: [],
  bytes: new Uint8Array(0),
};

function joined(lines: readonly Uint8Array[], size: number): Uint8Array {
  const [first] = lines;
  if (first !== undefined && lines.length === 1) return first;
  const same = lines.length === lastJoined.lines.length && lines.every((line, at) => line === lastJoined.lines[at]);
  if (!same) lastJoined = { lines, bytes: Buffer.concat(lines, size) };
  return lastJoined.bytes;
}

function isChange(event: PendingEvent | CacheEvent): event is CacheEvent {
  return 'current' in event;
}

/** What a client is told that sees only what matches. */
function eventOf({ type, revision, current, previous }: CacheEvent, filter: ObjectFilter): PendingEvent | undefined {
  const now = type !== 'DELETED' && filter.matches(current);
  const before = previous !== undefined && filter.matches(previous);
  if (now) return { type: before ? 'MODIFIED' : 'ADDED', object: current };
  if (!before) return undefined;
  return { type: 'DELETED', object: type === 'DELETED' ? current : lastMatching(previous, revision) };
}

/** What a client is told of an object that it must forget: the state that it knew, at the revision of the change. */
function lastMatching(previous: CachedObject, revision: number): CachedObject {
  const object = { ...previous.object, metadata: { ...previous.object.metadata, resourceVersion: String(revision) } };
  return new CachedObject(previous.key, revision, new TextEncoder().encode(JSON.stringify(object)));
}
