/** Headers of a message; the names are ours or the broker's. */
export type WireHeaders = Readonly<Record<string, string>>;

export interface WireMessage {
  readonly subject: string;
  readonly data: Uint8Array;
  /** Where an answer is expected. */
  readonly reply: string | undefined;
  readonly headers: WireHeaders;
  /** The broker's own word that nobody listens on the subject that was written to. */
  readonly isNoResponders: boolean;
}

export interface WireSubscription {
  /** No message is delivered after this has returned. */
  stop(): void;
}

/** Why the broker refused a subject. */
export type RefusalListener = (subject: string) => void;

/**
 * What a broker has to offer so that `WireBus` can build a `Bus` on it: subjects, queue groups, replies and headers. Everything about requests,
 * streams, errors and concurrency lies above.
 */
export interface Wire {
  /** Prefix of subjects that only this connection receives: `_INBOX.<user>.<connection>`. */
  readonly inbox: string;
  /** Bytes of data that a message may hold. */
  readonly payloadBytesMax: number;

  /** At most once; lost while there is no connection. The caller has checked the size. */
  send(subject: string, data: Uint8Array, reply?: string, headers?: WireHeaders): void;

  /** Messages in order of arrival, never before this call has returned. Survives reconnects. */
  receive(subject: string, queue: string | undefined, receiver: (message: WireMessage) => void): WireSubscription;

  /** Calls `listener` when the broker refuses what was sent for lack of permission. */
  onRefusal(listener: RefusalListener): void;

  /** Calls `listener` after each reconnect, until the returned function is called. */
  onReconnect(listener: () => void): () => void;

  /** Resolves when the broker has seen everything sent and subscribed so far. */
  flush(): Promise<void>;

  close(): Promise<void>;
}
