import { type Change, keyBytes } from '@orrery/kv';
import { etcdserverpb, mvccpb } from '@orrery/proto/etcd';

/** As etcd: a watch that asked for it gets what is larger in pieces. The default limit of requests with gRPC's own overhead. */
export const FRAGMENT_BYTES = 1.5 * 1024 * 1024 + 512 * 1024;

/** Field `events` of a `WatchResponse`, as it stands before each event on the wire: number 11, length-delimited. */
const EVENT_TAG = (11 << 3) | 2;
const NO_VALUE = new Uint8Array(0);

export type WatchHead = Partial<Omit<etcdserverpb.WatchResponse, 'events'>>;

/**
 * Answers of watches as bytes. What happens is encoded once, however many watches tell of it; a message is its head with the events behind it,
 * which is how protobuf would write it as well.
 */
export class WatchMessages {
  readonly #events = { plain: new WeakMap<Change, Uint8Array>(), withPrevious: new WeakMap<Change, Uint8Array>() };

  encode(head: WatchHead, changes: readonly Change[] = [], withPrevious = false): Uint8Array {
    const start = etcdserverpb.WatchResponse.encode({ ...EMPTY, ...head }).finish();
    if (changes.length === 0) return start;
    return Buffer.concat([start, ...changes.map((change) => this.#event(change, withPrevious))]);
  }

  #event(change: Change, withPrevious: boolean): Uint8Array {
    const known = withPrevious ? this.#events.withPrevious : this.#events.plain;
    const before = known.get(change);
    if (before !== undefined) return before;
    const event = mvccpb.Event.encode(eventOf(change, withPrevious)).finish();
    const bytes = Buffer.concat([Buffer.from([EVENT_TAG, ...lengthOf(event)]), event]);
    known.set(change, bytes);
    return bytes;
  }
}

/** A deletion has only its key and its revision. */
function eventOf({ key, revision, current, previous }: Change, withPrevious: boolean): mvccpb.Event {
  const prevKv = withPrevious ? previous : undefined;
  if (current !== undefined) return { type: mvccpb.Event_EventType.PUT, kv: current, prevKv };
  const kv = { key: keyBytes(key), createRevision: 0, modRevision: revision, version: 0, value: NO_VALUE, lease: '0' };
  return { type: mvccpb.Event_EventType.DELETE, kv, prevKv };
}

/** As protobuf's varint. */
function lengthOf({ length }: Uint8Array): number[] {
  const bytes: number[] = [];
  let rest = length;
  for (; rest > 0x7f; rest >>>= 7) bytes.push((rest & 0x7f) | 0x80);
  bytes.push(rest);
  return bytes;
}

const EMPTY: etcdserverpb.WatchResponse = {
  header: undefined,
  watchId: 0,
  created: false,
  canceled: false,
  compactRevision: 0,
  cancelReason: '',
  fragment: false,
  events: [],
};
