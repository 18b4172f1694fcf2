import type { LogPosition } from './bus.ts';

/** Nobody answered in time. The request may or may not have been carried out. */
export class RequestTimeoutError extends Error {
  override readonly name = 'RequestTimeoutError';
  constructor(
    readonly subject: string,
    readonly timeoutMs: number,
    options?: ErrorOptions,
  ) {
    super(`no answer on ${subject} within ${timeoutMs} ms`, options);
  }
}

/** Nobody serves the subject. The request was certainly not carried out. */
export class NoResponderError extends Error {
  override readonly name = 'NoResponderError';
  constructor(
    readonly subject: string,
    options?: ErrorOptions,
  ) {
    super(`nobody serves ${subject}`, options);
  }
}

/** The responder's handler threw. */
export class RemoteError extends Error {
  override readonly name = 'RemoteError';
  constructor(
    readonly subject: string,
    /** `name` of the error over there. */
    readonly remoteName: string,
    readonly remoteMessage: string,
  ) {
    super(`${subject} failed: ${remoteName}: ${remoteMessage}`);
  }
}

/** The log's last entry is not the one that the writer expected: another writer is at work. Nothing was appended. */
export class WrongPredecessorError extends Error {
  override readonly name = 'WrongPredecessorError';
  constructor(
    readonly expected: LogPosition,
    readonly last: LogPosition,
  ) {
    super(`the log ends at ${last}, not at ${expected}`);
  }
}

/** Entries after the asked position are no longer kept. List again and follow from there. */
export class LogExpiredError extends Error {
  override readonly name = 'LogExpiredError';
  constructor(
    readonly after: LogPosition,
    readonly first: LogPosition,
  ) {
    super(`entries after ${after} are no longer kept; the oldest is ${first}`);
  }
}

/** The reader did not keep up and was cut off; nothing was skipped silently. */
export class SlowConsumerError extends Error {
  override readonly name = 'SlowConsumerError';
  constructor(
    readonly subject: string,
    readonly pendingMax: number,
  ) {
    super(`more than ${pendingMax} messages waited on ${subject}`);
  }
}

/** The message is larger than the bus carries. Nothing was sent. */
export class PayloadTooLargeError extends Error {
  override readonly name = 'PayloadTooLargeError';
  constructor(
    readonly subject: string,
    readonly size: number,
    readonly sizeMax: number,
  ) {
    super(`${size} bytes for ${subject}, the limit is ${sizeMax}`);
  }
}

/** The bus was closed. */
export class BusClosedError extends Error {
  override readonly name = 'BusClosedError';
  constructor() {
    super('the bus is closed');
  }
}

/** The broker does not let this user use the subject. Nothing was sent. */
export class NotPermittedError extends Error {
  override readonly name = 'NotPermittedError';
  constructor(readonly subject: string) {
    super(`this user may not use ${subject}`);
  }
}

/** A chunk of a streamed reply was lost, as when the broker restarts in the middle. Ask again. */
export class StreamBrokenError extends Error {
  override readonly name = 'StreamBrokenError';
  constructor(
    readonly subject: string,
    readonly expectedChunk: number,
    readonly receivedChunk: number,
  ) {
    super(`chunk ${receivedChunk} of ${subject} came instead of ${expectedChunk}`);
  }
}

/** The broker could not be reached in time. */
export class BrokerUnreachableError extends Error {
  override readonly name = 'BrokerUnreachableError';
  constructor(
    readonly servers: readonly string[],
    readonly waitedMs: number,
    options?: ErrorOptions,
  ) {
    super(`no broker answers at ${servers.join(', ')} after ${waitedMs} ms`, options);
  }
}
