import type { etcdserverpb, mvccpb } from '@orrery/proto/etcd';
import { AbortedError, type Logger, type Milliseconds, sleepOrStop, type Timers } from '@orrery/runtime';
import type { RevisionChange, RevisionSource } from './revision-source.ts';

/** What the source needs of an etcd cluster. */
export interface EtcdAccess {
  /** One watch on one stream, until `signal` aborts; ends or throws where the stream breaks. The next call may reach another member. */
  watch(
    create: Partial<etcdserverpb.WatchCreateRequest>,
    signal: AbortSignal,
  ): AsyncIterable<etcdserverpb.WatchResponse>;
  /** The cluster's newest revision, by a linearizable read. */
  newestRevision(): Promise<number>;
  /** Writes a key of its own, which is no object of the API; the revision at which that was done. */
  touch(): Promise<number>;
}

export interface EtcdRevisionSourceParts {
  readonly access: EtcdAccess;
  /** Before all keys in etcd, without a slash at the end; may be empty. */
  readonly prefix: string;
  readonly timers: Timers;
  readonly logger: Logger;
}

/** The cluster is too far behind what the registry log knows to be brought there by writing. */
export class RevisionsTooFarError extends Error {
  override readonly name = 'RevisionsTooFarError';
  constructor(
    readonly newest: number,
    readonly wanted: number,
  ) {
    super(
      `etcd is at revision ${newest} and the registry log at ${wanted}: ` +
        'restore etcd with --bump-revision, or delete the stream of the registry log and restart all who follow it',
    );
  }
}

/** Revisions, and bytes of values, that are kept for the publisher; while there are more, etcd waits. */
const REVISIONS_MAX = 4_096;
const BYTES_MAX = 32 * 1024 * 1024;
/** Published revisions that are kept, so that the end of the log can be compared. */
const RELEASED_KEPT = 512;
/** Revisions that are made by writing, where the log knows more than etcd, and how many at once. */
const SKIPPED_MAX = 100_000;
const TOUCHES_AT_ONCE = 64;
const PAUSE_MS: Milliseconds = 200;
/** A watch that has not delivered so long what the cluster has is given up. */
const LATE_MS: Milliseconds = 5_000;

interface Watch {
  readonly abort: AbortController;
  /** The cluster's newest revision when the watch began; `undefined`: it has not begun. */
  newestAtStart: number | undefined;
}

/**
 * An etcd cluster as the registry log's truth, by a watch of all keys with their previous values. It watches everything and not only the objects: so
 * every revision shows itself, and the log stays dense without progress notices, which etcd before 3.4.25 sends too early.
 *
 * It keeps what lies between the log's end and etcd's, up to a limit. Where etcd has compacted what it was asked for, it begins behind that.
 */
export class EtcdRevisionSource implements RevisionSource {
  readonly #changes = new Map<number, readonly RevisionChange[]>();
  readonly #keyPrefix: string;
  #revision = 0;
  #compactRevision = 0;
  #bytes = 0;
  #watch: Watch | undefined;
  /** Called when something has changed here that somebody may wait for. */
  #waiters: (() => void)[] = [];
  /** Called when `revision` has grown. */
  onProgress: (() => void) | undefined;

  constructor(private readonly parts: EtcdRevisionSourceParts) {
    this.#keyPrefix = latin1(new TextEncoder().encode(parts.prefix));
  }

  get revision(): number {
    return this.#revision;
  }
  get compactRevision(): number {
    return this.#compactRevision;
  }
  /** What etcd held before it was watched is not known. */
  get toldFrom(): number {
    return 1;
  }

  changesAt(revision: number): readonly RevisionChange[] | undefined {
    return this.#changes.get(revision);
  }

  newestRevision(): Promise<number> {
    return this.parts.access.newestRevision();
  }

  /** Resolves when everything is here that the cluster had at the call, or as much of it as is kept. */
  async follow(after: number): Promise<void> {
    if (this.#watch === undefined || after < this.#compactRevision) this.#begin(after);
    else await this.#catchUp();
    const watch = this.#watch;
    await this.#until(() => watch !== this.#watch || this.#hasCaughtUp() || this.#isFull);
  }

  /** Resolves when `revision` is here, or nothing is followed. */
  async reached(revision: number): Promise<void> {
    await this.#until(() => this.#watch === undefined || this.#revision >= revision);
  }

  async skipRevisions(revision: number): Promise<void> {
    const { access } = this.parts;
    let newest = await access.newestRevision();
    if (revision + 2 - newest > SKIPPED_MAX) throw new RevisionsTooFarError(newest, revision);
    while (newest <= revision + 1) {
      const count = Math.min(TOUCHES_AT_ONCE, revision + 2 - newest);
      newest = Math.max(...(await Promise.all(Array.from({ length: count }, () => access.touch()))));
    }
    this.#begin(newest - 1);
    const watch = this.#watch;
    await this.#until(() => watch !== this.#watch || this.#revision >= newest);
    if (this.#revision < newest) throw new AbortedError('following etcd');
  }

  release(revision: number): void {
    const released = Math.min(revision, this.#revision);
    for (let old = this.#compactRevision + 1; old <= released; old++) {
      if (old > released - RELEASED_KEPT && this.#bytes <= BYTES_MAX / 2) break;
      this.#forget(old);
      this.#compactRevision = old;
    }
    this.#wakeAll();
  }

  rest(): void {
    this.#watch?.abort.abort();
    this.#watch = undefined;
    this.#wakeAll();
  }

  /** A member that is cut off from the others says nothing: then the next one is watched. */
  async #catchUp(): Promise<void> {
    const newest = await this.parts.access.newestRevision();
    const watch = this.#watch;
    let isLate = false;
    const timer = this.parts.timers.after(LATE_MS, () => {
      isLate = true;
      this.#wakeAll();
    });
    await this.#until(() => isLate || watch !== this.#watch || this.#revision >= newest || this.#isFull);
    timer.cancel();
    if (isLate && watch === this.#watch) this.#watchAgain();
  }

  #begin(after: number): void {
    this.#restartBehind(after);
    this.#watchAgain();
  }

  #watchAgain(): void {
    this.rest();
    const watch: Watch = { abort: new AbortController(), newestAtStart: undefined };
    this.#watch = watch;
    void this.#watchForever(watch);
  }

  /** Nothing is known up to `after`. */
  #restartBehind(after: number): void {
    this.#changes.clear();
    this.#bytes = 0;
    this.#revision = after;
    this.#compactRevision = after;
  }

  async #watchForever(watch: Watch): Promise<void> {
    const { signal } = watch.abort;
    let hasFailed = false;
    while (!signal.aborted) {
      try {
        await this.#watchOnce(watch, signal);
        hasFailed = false;
      } catch (error) {
        if (signal.aborted) return;
        if (!hasFailed) this.parts.logger.warn('cannot watch etcd', { error });
        hasFailed = true;
      }
      await sleepOrStop(this.parts.timers, PAUSE_MS, signal);
    }
  }

  async #watchOnce(watch: Watch, signal: AbortSignal): Promise<void> {
    const everything = new Uint8Array([0]);
    const create: Partial<etcdserverpb.WatchCreateRequest> = {
      key: everything,
      rangeEnd: everything,
      startRevision: this.#revision + 1,
      prevKv: true,
      fragment: true,
    };
    let fragments: mvccpb.Event[] = [];
    for await (const response of this.parts.access.watch(create, signal)) {
      if (signal.aborted) return;
      if (response.created) this.#noteStart(watch, response.header?.revision ?? 0);
      if (response.canceled) return this.#noteCancel(response);
      fragments.push(...response.events);
      if (response.fragment) continue;
      this.#take(fragments);
      fragments = [];
      await this.#until(() => signal.aborted || !this.#isFull);
    }
  }

  /** A watch may begin at a revision that is still to come: then the cluster is not where the log is. */
  #noteStart(watch: Watch, newest: number): void {
    watch.newestAtStart = newest;
    this.#revision = Math.min(this.#revision, newest);
    this.#wakeAll();
  }

  #noteCancel({ compactRevision, cancelReason }: etcdserverpb.WatchResponse): void {
    const { logger } = this.parts;
    if (compactRevision > this.#revision) {
      logger.info('etcd has compacted what was to be published', { after: this.#revision, compactRevision });
      this.#restartBehind(compactRevision);
    } else {
      logger.warn('etcd has cancelled the watch', { reason: cancelReason });
    }
  }

  /** Events come in order of revision, those of one revision never apart. */
  #take(events: readonly mvccpb.Event[]): void {
    const before = this.#revision;
    for (let at = 0; at < events.length; ) {
      const revision = events[at]?.kv?.modRevision ?? 0;
      let end = at;
      while (end < events.length && events[end]?.kv?.modRevision === revision) end++;
      if (revision > this.#revision) this.#takeRevision(revision, events.slice(at, end));
      at = Math.max(end, at + 1);
    }
    this.#wakeAll();
    if (this.#revision > before) this.onProgress?.();
  }

  #takeRevision(revision: number, events: readonly mvccpb.Event[]): void {
    if (events.some(hasLostPrevious)) {
      // Compacted under our hands: what was before this change can no longer be told.
      this.#restartBehind(revision);
      return;
    }
    for (let empty = Math.max(this.#revision, this.#compactRevision) + 1; empty < revision; empty++)
      this.#changes.set(empty, []);
    const changes = events.flatMap((event) => this.#changeOf(revision, event));
    for (const change of changes) this.#bytes += bytesOf(change);
    this.#changes.set(revision, changes);
    this.#revision = revision;
  }

  /** Only what lies below our prefix is told. */
  #changeOf(revision: number, { kv, prevKv }: mvccpb.Event): RevisionChange[] {
    const key = latin1(kv?.key ?? new Uint8Array(0));
    if (kv === undefined || !key.startsWith(this.#keyPrefix)) return [];
    // A deletion comes as a key without a version.
    const current = kv.version === 0 ? undefined : { value: kv.value, modRevision: revision };
    const previous = prevKv && { value: prevKv.value, modRevision: prevKv.modRevision };
    return [{ revision, key: key.slice(this.#keyPrefix.length), time: 0, current, previous }];
  }

  #forget(revision: number): void {
    for (const change of this.#changes.get(revision) ?? []) this.#bytes -= bytesOf(change);
    this.#changes.delete(revision);
  }

  #hasCaughtUp(): boolean {
    const newest = this.#watch?.newestAtStart;
    return newest !== undefined && (this.#revision >= newest || this.#compactRevision >= newest);
  }

  get #isFull(): boolean {
    return this.#changes.size > REVISIONS_MAX + RELEASED_KEPT || this.#bytes > BYTES_MAX;
  }

  async #until(condition: () => boolean): Promise<void> {
    while (!condition()) await new Promise<void>((resolve) => this.#waiters.push(resolve));
  }

  #wakeAll(): void {
    const waiters = this.#waiters;
    this.#waiters = [];
    for (const wake of waiters) wake();
  }
}

/** Every version of a key but its first follows another, and a deletion deletes something. */
function hasLostPrevious({ kv, prevKv }: mvccpb.Event): boolean {
  return prevKv === undefined && kv !== undefined && kv.version !== 1;
}

function bytesOf({ current, previous }: RevisionChange): number {
  return (current?.value.length ?? 0) + (previous?.value.length ?? 0);
}

function latin1(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1');
}
