import { keyRange, keyText, TooManyWatchersError, type WatchBatch, type WatchHub, type Watching } from '@orrery/kv';
import { etcdserverpb } from '@orrery/proto/etcd';
import { ProgressRound } from './progress-round.ts';
import { FRAGMENT_BYTES, type WatchHead, type WatchMessages } from './watch-messages.ts';

export interface WatchStreamParts {
  readonly hub: WatchHub;
  readonly messages: WatchMessages;
  readonly revision: () => number;
  readonly header: (revision: number) => etcdserverpb.ResponseHeader;
  /** False: the client is behind. */
  readonly send: (message: Uint8Array) => boolean;
  readonly drained: () => Promise<void>;
  readonly countEvents: (events: number) => void;
  /** Something can be told that could not be before: soon, so that what was sent until then is on its way. */
  readonly wakeHub: () => void;
}

interface Watch {
  readonly id: number;
  readonly progressNotify: boolean;
  readonly withPrevious: boolean;
  watching: Watching | undefined;
  /** Has anything been sent since the last progress notice was due? */
  active: boolean;
  /** Is a progress notice of its own due? */
  notifyDue: boolean;
}

/** Answers to its requests that may wait for the client to read; with more, nothing more is taken from it. As etcd's. */
const UNREAD_ANSWERS_MAX = 16;
/** In answers that are about no watch, or about one that was never made. */
const NO_WATCH_ID = -1;
const FIRST_KEY = new Uint8Array([0]);
const { NOPUT, NODELETE } = etcdserverpb.WatchCreateRequest_FilterType;

/** All watches of one stream, as etcd's clients know them. A client that is behind is sent nothing until it has caught up; what happens stays in history. */
export class WatchStream {
  readonly #watches = new Map<number, Watch>();
  #nextId = 0;
  #round: ProgressRound<Watch> | undefined;
  #isBehind = false;
  #unreadAnswers = 0;

  constructor(private readonly parts: WatchStreamParts) {}

  take({ requestUnion }: etcdserverpb.WatchRequest): void {
    switch (requestUnion?.$case) {
      case 'createRequest':
        this.#create(requestUnion.value);
        break;
      case 'cancelRequest':
        this.#cancel(requestUnion.value.watchId);
        break;
      case 'progressRequest':
        this.#askProgress();
        break;
      case undefined:
        break;
      default:
        requestUnion satisfies never;
    }
  }

  /** Resolves when another request may be taken: a client that only asks and never reads is not to fill the memory. */
  async readyToTake(): Promise<void> {
    if (this.#unreadAnswers <= UNREAD_ANSWERS_MAX) return;
    await this.parts.drained();
    this.#unreadAnswers = 0;
  }

  /** Tells quiet watches that asked for it how far they are. */
  notifyProgress(): void {
    for (const watch of this.#watches.values()) {
      if (watch.progressNotify && !watch.active) {
        watch.notifyDue = true;
        watch.watching?.requestProgress();
      }
      watch.active = false;
    }
  }

  /** Ends all watches. */
  close(): void {
    for (const { watching } of this.#watches.values()) watching?.cancel();
    this.#watches.clear();
  }

  #create(request: etcdserverpb.WatchCreateRequest): void {
    const refusal = this.#refusalOf(request) ?? this.#begin(request);
    if (refusal === undefined) this.parts.wakeHub();
    else this.#refuse(refusal);
  }

  /** Answers why not. */
  #begin(request: etcdserverpb.WatchCreateRequest): string | undefined {
    const { progressNotify, prevKv, fragment, filters, startRevision } = request;
    const id = request.watchId > 0 ? request.watchId : this.#freeId();
    const watch: Watch = {
      id,
      progressNotify,
      withPrevious: prevKv,
      watching: undefined,
      active: true,
      notifyDue: false,
    };
    const key = request.key.length === 0 ? FIRST_KEY : request.key;
    try {
      watch.watching = this.parts.hub.watch(
        {
          range: keyRange(key, request.rangeEnd),
          startRevision: Math.max(0, startRevision),
          noPut: filters.includes(NOPUT),
          noDelete: filters.includes(NODELETE),
          ...(fragment && { fragmentBytesMax: FRAGMENT_BYTES }),
        },
        {
          changes: (batch) => this.#tell(watch, batch),
          progress: (revision) => this.#tellProgress(watch, revision),
          compacted: (compactRevision) => this.#tellCompacted(watch, compactRevision),
        },
      );
    } catch (error) {
      if (error instanceof TooManyWatchersError) return error.message;
      throw error;
    }
    this.#watches.set(id, watch);
    this.#send({ header: this.#header(), watchId: id, created: true });
    return undefined;
  }

  #refuse(cancelReason: string): void {
    this.#send({ header: this.#header(), watchId: NO_WATCH_ID, created: true, canceled: true, cancelReason });
  }

  /** In etcd's words. */
  #refusalOf({ key, rangeEnd, watchId }: etcdserverpb.WatchCreateRequest): string | undefined {
    if (watchId > 0 && this.#watches.has(watchId)) return 'mvcc: duplicate watch ID provided on the WatchStream';
    const isOpen = rangeEnd.length === 0 || (rangeEnd.length === 1 && rangeEnd[0] === 0);
    return !isOpen && keyText(key) >= keyText(rangeEnd) ? 'mvcc: watcher range is empty' : undefined;
  }

  #freeId(): number {
    while (this.#watches.has(this.#nextId)) this.#nextId++;
    return this.#nextId++;
  }

  #cancel(id: number): void {
    const watch = this.#watches.get(id);
    if (watch === undefined) return;
    watch.watching?.cancel();
    this.#forget(watch);
    this.#send({ header: this.#header(), watchId: id, canceled: true });
  }

  #tell(watch: Watch, { changes, fragment }: WatchBatch): boolean {
    this.parts.countEvents(changes.length);
    watch.active = true;
    const head = { header: this.#header(), watchId: watch.id, fragment };
    const { messages, send } = this.parts;
    if (!send(messages.encode(head, changes, watch.withPrevious))) void this.#waitForClient();
    return !this.#isBehind;
  }

  /** All watches of the stream stop meanwhile. */
  async #waitForClient(): Promise<void> {
    if (this.#isBehind) return;
    this.#isBehind = true;
    await this.parts.drained();
    this.#isBehind = false;
    for (const { watching } of this.#watches.values()) watching?.resume();
    this.parts.wakeHub();
  }

  #tellCompacted(watch: Watch, compactRevision: number): void {
    this.#forget(watch);
    this.#send({ header: this.#header(), watchId: watch.id, canceled: true, compactRevision });
  }

  /** The client takes the answer for the whole stream: up to that revision it has seen everything. */
  #askProgress(): void {
    const watches = [...this.#watches.values()];
    this.#round = new ProgressRound(watches, this.parts.revision(), (revision) =>
      this.#send({ header: this.parts.header(revision), watchId: NO_WATCH_ID }),
    );
    for (const { watching } of watches) watching?.requestProgress();
    this.parts.wakeHub();
  }

  #tellProgress(watch: Watch, revision: number): void {
    this.#round?.reached(watch, revision);
    if (!watch.notifyDue) return;
    watch.notifyDue = false;
    this.#send({ header: this.parts.header(revision), watchId: watch.id });
  }

  #forget(watch: Watch): void {
    this.#watches.delete(watch.id);
    this.#round?.without(watch);
  }

  #header(): etcdserverpb.ResponseHeader {
    return this.parts.header(this.parts.revision());
  }

  #send(head: WatchHead): void {
    this.#unreadAnswers = this.parts.send(this.parts.messages.encode(head)) ? 0 : this.#unreadAnswers + 1;
  }
}
