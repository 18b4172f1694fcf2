import { type Bus, type LogEntry, LogExpiredError, RequestTimeoutError, type Subjects } from '@orrery/bus';
import { registryv1 } from '@orrery/proto';
import type { Milliseconds, Timers } from '@orrery/runtime';
import { Violation } from '../checker/violation.ts';

/** One entry of the registry log, as a follower got it. */
export interface LoggedChange {
  readonly revision: number;
  readonly subject: string;
  readonly type: registryv1.Event_Type;
  /** Namespace and name of the object; empty where the revision is about none. */
  readonly key: string;
  readonly uid: string;
  readonly seenAt: Milliseconds;
  readonly data: Uint8Array;
}

export interface LogFollowerParts {
  readonly name: string;
  readonly bus: Bus;
  readonly subjects: Subjects;
  readonly timers: Timers;
  readonly now: () => Milliseconds;
  readonly report: (error: unknown) => void;
}

const LOG_BYTES_MAX = 1024 * 1024 * 1024;
const RETRY_MS = 250;

/** Reads the registry log from its beginning, as the API servers do, and insists on its promise: each revision once, in order, none left out. */
export class LogFollower {
  readonly changes = new Map<number, LoggedChange>();
  /** Positions that were passed over, because the log no longer had them. */
  readonly gaps: { readonly after: number; readonly next: number }[] = [];
  #position = 0;
  readonly #stop = new AbortController();

  constructor(private readonly parts: LogFollowerParts) {}

  get position(): number {
    return this.#position;
  }

  stop(): void {
    this.#stop.abort();
  }

  async run(): Promise<void> {
    const { bus, subjects, timers, report } = this.parts;
    const log = await bus.log(subjects.registryLog(), {
      subjects: [subjects.registryOfAll()],
      bytesMax: LOG_BYTES_MAX,
    });
    while (!this.#stop.signal.aborted) {
      try {
        const first = await log.firstPosition();
        if (first === 0) {
          await timers.sleep(RETRY_MS);
          continue;
        }
        if (this.#position === 0) this.#position = first - 1;
        for await (const entry of log.follow({ after: this.#position, signal: this.#stop.signal })) this.#take(entry);
      } catch (error) {
        if (error instanceof LogExpiredError) this.#skipTo(error.first);
        else if (!(error instanceof RequestTimeoutError)) return report(error);
        await timers.sleep(RETRY_MS);
      }
    }
  }

  #take(entry: LogEntry): void {
    const { position } = entry;
    if (position !== this.#position + 1) {
      const detail = `${this.parts.name} got ${position} after ${this.#position}`;
      throw new Violation('the registry log is dense and in order', detail);
    }
    const event = registryv1.Event.decode(entry.data);
    if (event.revision !== position) {
      throw new Violation('positions of the registry log are revisions', `${event.revision} stands at ${position}`);
    }
    this.#position = position;
    this.changes.set(position, {
      revision: position,
      subject: entry.subject,
      type: event.type,
      key: event.name === '' ? '' : `${event.namespace}/${event.name}`,
      uid: event.uid,
      seenAt: this.parts.now(),
      data: entry.data,
    });
  }

  #skipTo(first: number): void {
    if (first === 0 || first - 1 <= this.#position) return;
    this.gaps.push({ after: this.#position, next: first });
    this.#position = first - 1;
  }
}
