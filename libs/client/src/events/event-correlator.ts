import type { Draft, Event, ObjectReference } from '@orrery/api';
import { formatTime, type Milliseconds } from '@orrery/runtime';
import type { EventType } from './event-recorder.ts';

/** One thing to tell. */
export interface Observation {
  readonly object: ObjectReference;
  readonly type: EventType;
  readonly reason: string;
  readonly message: string;
  readonly at: Milliseconds;
}

/** What to send: a new event, or a higher count of one that exists. */
export type EventWrite =
  | { readonly write: 'create'; readonly id: string; readonly event: Draft<Event> }
  | {
      readonly write: 'patch';
      readonly id: string;
      readonly name: string;
      readonly body: object;
      readonly event: Draft<Event>;
    };

const entriesMax = 4096;
/** More different messages than this within the interval become one combined event. */
const similarMax = 10;
const similarInterval: Milliseconds = 600_000;
/** Events of one object: a burst, then one every five minutes. */
const burst = 25;
const refillPerMs = 1 / 300_000;

interface Group {
  messages: Set<string>;
  lastAt: Milliseconds;
}

interface Sent {
  readonly name: string;
  readonly firstTimestamp: string;
  count: number;
}

/** Decides, as upstream's correlator does, which observations become events of their own. Pure but for its bounded memory. */
export class EventCorrelator {
  private readonly groups = new Bounded<Group>(entriesMax);
  private readonly sent = new Bounded<Sent>(entriesMax);
  private readonly buckets = new Bounded<{ tokens: number; at: Milliseconds }>(entriesMax);
  private lastNano = 0n;

  constructor(
    private readonly component: string,
    private readonly hostName = '',
  ) {}

  /** `undefined` where the object has had too many events lately. */
  correlate(observation: Observation): EventWrite | undefined {
    if (!this.admit(observation)) return undefined;
    const message = this.messageOf(observation);
    const id = idOf(observation, message);
    const at = formatTime(observation.at);
    const known = this.sent.get(id);
    if (known !== undefined) {
      known.count++;
      const body = { count: known.count, lastTimestamp: at, message };
      const event = this.eventOf(observation, message, known.name, known.firstTimestamp, known.count);
      return { write: 'patch', id, name: known.name, body, event };
    }
    const name = this.nameOf(observation);
    this.sent.set(id, { name, firstTimestamp: at, count: 1 });
    return { write: 'create', id, event: this.eventOf(observation, message, name, at, 1) };
  }

  /** The event behind `id` was not stored: the next one like it is new. */
  forget(id: string): void {
    this.sent.delete(id);
  }

  private admit({ object, at }: Observation): boolean {
    const id = objectId(object);
    const bucket = this.buckets.get(id) ?? { tokens: burst, at };
    const tokens = Math.min(burst, bucket.tokens + (at - bucket.at) * refillPerMs);
    this.buckets.set(id, { tokens: tokens >= 1 ? tokens - 1 : tokens, at });
    return tokens >= 1;
  }

  private messageOf({ object, type, reason, message, at }: Observation): string {
    const id = [objectId(object), type, reason].join('\n');
    const group = this.groups.get(id);
    const fresh = group === undefined || at - group.lastAt > similarInterval;
    const current: Group = fresh ? { messages: new Set(), lastAt: at } : group;
    current.lastAt = at;
    current.messages.add(message);
    this.groups.set(id, current);
    if (current.messages.size < similarMax) return message;
    current.messages.delete(current.messages.values().next().value ?? message);
    return `(combined from similar events): ${message}`;
  }

  private eventOf(
    { object, type, reason, at }: Observation,
    message: string,
    name: string,
    firstTimestamp: string,
    count: number,
  ): Draft<Event> {
    return {
      metadata: {
        name,
        namespace: object.namespace === undefined || object.namespace === '' ? 'default' : object.namespace,
      },
      involvedObject: object,
      reason,
      message,
      source: { component: this.component, ...(this.hostName !== '' && { host: this.hostName }) },
      firstTimestamp,
      lastTimestamp: formatTime(at),
      count,
      type,
      reportingComponent: this.component,
      reportingInstance: this.hostName,
    };
  }

  /** `<object>.<nanoseconds in hex>`; never twice the same here. */
  private nameOf({ object, at }: Observation): string {
    const nano = BigInt(Math.trunc(at)) * 1_000_000n;
    this.lastNano = nano > this.lastNano ? nano : this.lastNano + 1n;
    return `${object.name ?? ''}.${this.lastNano.toString(16)}`;
  }
}

function idOf({ object, type, reason }: Observation, message: string): string {
  const text = message.startsWith('(combined from similar events)') ? '(combined)' : message;
  return [objectId(object), type, reason, text].join('\n');
}

function objectId({ kind, namespace, name, uid, apiVersion, fieldPath }: ObjectReference): string {
  return [apiVersion, kind, namespace, name, uid, fieldPath].join('/');
}

/** Keeps the entries that were set last. */
class Bounded<V> {
  private readonly entries = new Map<string, V>();

  constructor(private readonly max: number) {}

  get(id: string): V | undefined {
    return this.entries.get(id);
  }

  set(id: string, value: V): void {
    this.entries.delete(id);
    this.entries.set(id, value);
    const oldest = this.entries.keys().next();
    if (this.entries.size > this.max && oldest.done !== true) this.entries.delete(oldest.value);
  }

  delete(id: string): void {
    this.entries.delete(id);
  }
}
