import type { Bus, Log, LogEntry, RequestOptions } from './bus.ts';

/** A broker under test, and time as it sees it. */
export interface BusWorld {
  connect(): Promise<Bus>;
  /** Lets the broker stop; returns when it is gone. */
  stopBroker(): Promise<void>;
  /** Lets it come back with its logs; returns when the connections are up again. */
  startBroker(): Promise<void>;
  /** What the logs hold now survives `crashBroker`. */
  syncLogs(): Promise<void>;
  /** The broker loses power and comes back without the `lostCount` entries that each log got since `syncLogs`. */
  crashBroker(lostCount: number): Promise<void>;
  /** As an operator does by mistake. */
  deleteLog(name: string): Promise<void>;
  /** As an operator does by mistake: the entries go, the last position stays. */
  purgeLog(name: string): Promise<void>;
  /** Lets time pass until `condition` holds. */
  until(condition: () => boolean): Promise<void>;
  /** Lets so much time pass. */
  pass(ms: number): Promise<void>;
  payloadBytesMax: number;
  destroy(): Promise<void>;
}

export interface Reader {
  readonly entries: LogEntry[];
  readonly positions: number[];
  readonly error: Error | undefined;
  stop(): Promise<void>;
}

export function follow(log: Log, options: { after: number; filter?: string; behindPatienceMs?: number }): Reader {
  const abort = new AbortController();
  const entries: LogEntry[] = [];
  let error: Error | undefined;
  const read = async (): Promise<void> => {
    for await (const entry of log.follow({ ...options, signal: abort.signal })) entries.push(entry);
  };
  const done = read().catch((thrown: Error) => {
    error = thrown;
  });
  return {
    entries,
    get positions() {
      return entries.map(({ position }) => position);
    },
    get error() {
      return error;
    },
    stop: async () => {
      abort.abort();
      await done;
    },
  };
}

/** A log of the test's own. `name`: the test's prefix. */
export function openLog(on: Bus, name: string): Promise<Log> {
  return on.log(`${name}-log`, { subjects: [`${name}.log.>`], bytesMax: 64 * 1024 * 1024 });
}

export async function fill(log: Log, prefix: string, from: number, to: number): Promise<void> {
  for (let position = from; position <= to; position += 1) {
    await log.append({ subject: `${prefix}.log.a.x`, position, data: bytes(String(position)) }, position - 1);
  }
}

export async function all(bus: Bus, subject: string, data: string, options?: RequestOptions): Promise<string[]> {
  const chunks: string[] = [];
  for await (const chunk of bus.requestMany(subject, bytes(data), options)) chunks.push(text(chunk));
  return chunks;
}

/** Waits for the outcome of `promise` while the world's time passes. */
export async function soon<Value>(world: BusWorld, promise: Promise<Value>): Promise<Value> {
  let isDone = false;
  const done = (): void => {
    isDone = true;
  };
  promise.then(done, done);
  await world.until(() => isDone);
  return promise;
}

/** Lets everything arrive that is under way. */
export async function settle(world: BusWorld, bus: Bus): Promise<void> {
  await bus.flush();
  await world.pass(20);
  await bus.flush();
}

export async function failure(promise: Promise<unknown>): Promise<Error> {
  try {
    await promise;
  } catch (error) {
    if (error instanceof Error) return error;
  }
  throw new Error('it did not fail');
}

export function bytes(value: string): Uint8Array {
  return new Uint8Array(Buffer.from(value));
}

export function text(data: Uint8Array): string {
  return Buffer.from(data).toString();
}
