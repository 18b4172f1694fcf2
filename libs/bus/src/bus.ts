/**
 * How services talk. Two implementations pass one contract suite: NATS (`NatsBus`) and in memory (`MemoryBus`).
 *
 * Subjects are dot-separated tokens. In subscriptions `*` stands for one token and a last `>` for one or more.
 * Build subjects with `Subjects`, which escapes what a token may not hold.
 */
export interface Bus {
  /** Fire and forget, at most once. Messages of one publisher on one subject arrive in order. */
  publish(subject: string, data: Uint8Array): void;

  /**
   * Calls `handler` for each message, one at a time in order of arrival. With `queue`, each message reaches one
   * member of the queue group. Resolves when the subscription is in force.
   */
  subscribe(subject: string, handler: MessageHandler, options?: SubscribeOptions): Promise<Subscription>;

  /** One request, one reply. Throws `RequestTimeoutError`, `NoResponderError` or `RemoteError`. */
  request(subject: string, data: Uint8Array, options?: RequestOptions): Promise<Uint8Array>;

  /**
   * One request, a streamed reply, in order and complete: the iteration ends when the responder has ended its stream and
   * throws `RemoteError` when it failed. `timeoutMs` bounds the wait for each next chunk.
   * Leaving the loop early tells the responder to stop.
   */
  requestMany(subject: string, data: Uint8Array, options?: RequestOptions): AsyncIterable<Uint8Array>;

  /**
   * Answers requests; members with the same `queue` share the load. What the handler throws reaches the requester as
   * `RemoteError`. Handlers run concurrently, up to `concurrencyMax`.
   */
  serve(subject: string, handler: RequestHandler, options?: ServeOptions): Promise<Subscription>;

  /** Like `serve`, for `requestMany`. `signal` aborts when the requester is gone. */
  serveMany(subject: string, handler: StreamHandler, options?: ServeOptions): Promise<Subscription>;

  /** The append-only log of that name, made on first use. */
  log(name: string, options: LogOptions): Promise<Log>;

  /** Calls `listener` each time that a lost broker was found again, until the returned function is called. What it had not synced may be gone. */
  onReconnect(listener: () => void): () => void;

  /** Resolves after what was published has been handed to the broker. */
  flush(): Promise<void>;

  /** Ends all subscriptions and the connection; does not wait for handlers that are at work. May be called twice. */
  close(): Promise<void>;
}

/**
 * A durable, ordered log: one JetStream stream. Entries carry a position that the writer chooses and that only grows. Positions are dense: an
 * entry that skips some (its position is not `previous` + 1) expires everything before it, because nobody could follow across the gap.
 *
 * A broker may lose the newest entries, or all of them. Writers write them again at their positions, with the same content; that is why a follower
 * that has had them already can go on behind them.
 */
export interface Log {
  /**
   * Appends an entry at `position`, provided that the last entry is at `previous` (0: the log is empty). Throws
   * `WrongPredecessorError` when another writer was there, or when the broker has lost entries, which makes each position appear exactly once. An
   * append that is repeated with the same position after a lost answer also ends in that error, with `last` = `position`.
   * Throws `PayloadTooLargeError`.
   */
  append(entry: LogEntry, previous: LogPosition): Promise<void>;

  /** Position of the last entry, also where it is no longer kept; 0 where there was none. */
  lastPosition(): Promise<LogPosition>;

  /** The entry at `position`, `undefined` where it is not kept. Only who writes the log may ask. */
  entryAt(position: LogPosition): Promise<LogEntry | undefined>;

  /** Position of the oldest entry kept, 0 where the log is empty. */
  firstPosition(): Promise<LogPosition>;

  /**
   * Entries after `after` whose subject matches `filter`, in order, without gaps or repeats, also across restarts of the broker;
   * then new ones as they come, until `signal` aborts (the iteration then ends without an error). Throws `LogExpiredError` when entries after `after`
   * are no longer kept, were removed before they could be delivered, or when the log ends before `after` and stays so for `behindPatienceMs`;
   * `SlowConsumerError` when the reader is `pendingMax` entries behind what has been delivered to it.
   */
  follow(options: FollowOptions): AsyncIterable<LogEntry>;
}

/** A position in a log; for the registry log it is the cluster revision. */
export type LogPosition = number;

export interface LogEntry {
  readonly subject: string;
  readonly position: LogPosition;
  readonly data: Uint8Array;
}

export interface LogOptions {
  /** Subjects of this log; an entry with another subject is refused. */
  readonly subjects: readonly string[];
  /** Bytes kept; the oldest entries go first. */
  readonly bytesMax: number;
}

export interface FollowOptions {
  readonly after: LogPosition;
  /** Subject pattern; default: everything. */
  readonly filter?: string;
  readonly signal: AbortSignal;
  /** Entries buffered for this reader before it counts as too slow. Default 65,536. */
  readonly pendingMax?: number;
  /** How long the log may end before `after`: so long its writer has to write again what the broker has lost. Default 10,000. */
  readonly behindPatienceMs?: number;
}

export interface Message {
  readonly subject: string;
  readonly data: Uint8Array;
}

export type MessageHandler = (message: Message) => void | Promise<void>;
export type RequestHandler = (message: Message) => Uint8Array | Promise<Uint8Array>;
export type StreamHandler = (message: Message, signal: AbortSignal) => AsyncIterable<Uint8Array>;

export interface SubscribeOptions {
  readonly queue?: string;
  /** Messages that may wait for the handler; beyond it the oldest is dropped and logged. Default 65,536. */
  readonly pendingMax?: number;
}

export interface ServeOptions {
  readonly queue?: string;
  /** Requests handled at once; more wait. Default 1,024. */
  readonly concurrencyMax?: number;
}

export interface RequestOptions {
  /** Default 5,000. */
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
}

export interface Subscription {
  /** Ends the subscription; messages already being handled are finished. May be called twice. */
  stop(): Promise<void>;
}
