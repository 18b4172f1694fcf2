import type { CachedObject } from './cached-object.ts';

/** One change of one object of a resource. */
export interface CacheEvent {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED';
  readonly revision: number;
  /** After the change; for a deletion the last state, with the deletion's revision. */
  readonly current: CachedObject;
  readonly previous: CachedObject | undefined;
}

/** Hears of every change of a resource and of the progress in between. Must not throw. */
export interface CacheListener {
  onEvent(event: CacheEvent): void;
  /** The cache had to start over: events may be missing. */
  onReset(): void;
}

/** Changes of one resource that are kept for watches that start in the past. */
const historyMax = 8_192;
/** Bytes of the objects in that history; the objects that are current weigh nothing extra. */
const historyBytesMax = 64 * 1024 * 1024;

/** The asked revision lies before the history that is kept. */
export class HistoryExpiredError extends Error {
  override readonly name = 'HistoryExpiredError';
  constructor(
    readonly revision: number,
    readonly oldest: number,
  ) {
    super(`too old resource version: ${revision} (${oldest})`);
  }
}

/** All objects of one stored resource, ordered by key, and its recent history. */
export class ResourceCache {
  private readonly objects = new Map<string, CachedObject>();
  private readonly keys: string[] = [];
  private history: CacheEvent[] = [];
  private historyBytes = 0;
  /** Events after this revision are all in `history`. */
  private historyStart: number;
  private readonly listeners = new Set<CacheListener>();
  /** Revision of the newest change of this resource; what changed before the cache was filled counts as changed then. */
  private changedAt: number;
  /** The range that was asked for last, until something changes: many clients list the same. */
  private lastRange: { readonly prefix: string; readonly objects: readonly CachedObject[] } | undefined;

  constructor(startRevision: number) {
    this.historyStart = startRevision;
    this.changedAt = startRevision;
  }

  get size(): number {
    return this.keys.length;
  }

  get lastChange(): number {
    return this.changedAt;
  }

  get(key: string): CachedObject | undefined {
    return this.objects.get(key);
  }

  /** Objects whose keys begin with `prefix`, in order, from `from` on. The same array again while nothing has changed. */
  range(prefix: string, from: string = prefix): readonly CachedObject[] {
    if (from !== prefix) return this.collect(prefix, from);
    if (this.lastRange?.prefix !== prefix) this.lastRange = { prefix, objects: this.collect(prefix, from) };
    return this.lastRange.objects;
  }

  private collect(prefix: string, from: string): CachedObject[] {
    const found: CachedObject[] = [];
    for (let at = this.positionOf(from); at < this.keys.length; at += 1) {
      const key = this.keys[at] ?? '';
      if (!key.startsWith(prefix)) break;
      const object = this.objects.get(key);
      if (object !== undefined) found.push(object);
    }
    return found;
  }

  /** Takes an object of the first fill: no event, no history. */
  load(object: CachedObject): void {
    this.put(object);
  }

  apply(type: CacheEvent['type'], object: CachedObject): void {
    const previous = this.objects.get(object.key);
    if (type === 'DELETED') this.remove(object.key);
    else this.put(object);
    this.changedAt = object.revision;
    const event: CacheEvent = { type, revision: object.revision, current: object, previous };
    this.remember(event);
    for (const listener of this.listeners) listener.onEvent(event);
  }

  /** What happened after `revision`; throws `HistoryExpiredError` when that is not known any more. */
  eventsAfter(revision: number): CacheEvent[] {
    if (revision < this.historyStart) throw new HistoryExpiredError(revision, this.historyStart);
    return this.history.slice(firstAfter(this.history, revision));
  }

  listen(listener: CacheListener): void {
    this.listeners.add(listener);
  }

  unlisten(listener: CacheListener): void {
    this.listeners.delete(listener);
  }

  get listenerCount(): number {
    return this.listeners.size;
  }

  /** Forgets everything; the objects are loaded again as of `revision`. */
  reset(revision: number): void {
    this.objects.clear();
    this.lastRange = undefined;
    this.keys.length = 0;
    this.history = [];
    this.historyBytes = 0;
    this.historyStart = revision;
    this.changedAt = revision;
    const cutOff = [...this.listeners];
    this.listeners.clear();
    for (const listener of cutOff) listener.onReset();
  }

  private remember(event: CacheEvent): void {
    this.history.push(event);
    this.historyBytes += event.current.bytes.length;
    // Cut in halves, so that the cost of moving is spread over many events.
    if (this.history.length < historyMax * 2 && this.historyBytes < historyBytesMax) return;
    const gone = this.history.splice(0, Math.ceil(this.history.length / 2));
    this.historyBytes = this.history.reduce((sum, { current }) => sum + current.bytes.length, 0);
    this.historyStart = gone[gone.length - 1]?.revision ?? this.historyStart;
  }

  private put(object: CachedObject): void {
    this.lastRange = undefined;
    if (!this.objects.has(object.key)) {
      const last = this.keys[this.keys.length - 1];
      if (last === undefined || last < object.key) this.keys.push(object.key);
      else this.keys.splice(this.positionOf(object.key), 0, object.key);
    }
    this.objects.set(object.key, object);
  }

  private remove(key: string): void {
    this.lastRange = undefined;
    if (this.objects.delete(key)) this.keys.splice(this.positionOf(key), 1);
  }

  private positionOf(key: string): number {
    let low = 0;
    let high = this.keys.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.keys[middle] ?? '') < key) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

function firstAfter(history: readonly CacheEvent[], revision: number): number {
  let low = 0;
  let high = history.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((history[middle]?.revision ?? 0) <= revision) low = middle + 1;
    else high = middle;
  }
  return low;
}
