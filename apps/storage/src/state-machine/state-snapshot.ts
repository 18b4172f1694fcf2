import { type Frame, FrameReader, FrameWriter, SnapshotFormatError, STORE_FRAME_KINDS_END } from '@orrery/kv';
import { storagev1 } from '@orrery/proto';

/** What a snapshot holds beside the store. */
export interface StateAround {
  readonly alarms: readonly storagev1.Alarm[];
  readonly members: readonly storagev1.Member[];
  readonly answered: Iterable<storagev1.AnsweredRequest>;
}

/** No chunk is larger. */
export const CHUNK_BYTES_MAX = 1024 * 1024;

const FORMAT_VERSION = 1;
const KIND_HEAD = STORE_FRAME_KINDS_END;
const KIND_ALARM = STORE_FRAME_KINDS_END + 1;
const KIND_MEMBER = STORE_FRAME_KINDS_END + 2;
const KIND_ANSWERED = STORE_FRAME_KINDS_END + 3;
const KIND_END = STORE_FRAME_KINDS_END + 4;

/** The frames around the store, gathered at once: they are few. */
export function framesAround({ alarms, members, answered }: StateAround): Uint8Array {
  const writer = new FrameWriter();
  let frames = 1;
  const add = (kind: number, content: Uint8Array): void => {
    writer.add(kind, content);
    frames++;
  };
  writer.add(KIND_HEAD, storagev1.StateHead.encode({ formatVersion: FORMAT_VERSION }).finish());
  for (const alarm of alarms) add(KIND_ALARM, storagev1.Alarm.encode(alarm).finish());
  for (const member of members) add(KIND_MEMBER, storagev1.Member.encode(member).finish());
  for (const one of answered) add(KIND_ANSWERED, storagev1.AnsweredRequest.encode(one).finish());
  writer.add(KIND_END, storagev1.StateEnd.encode({ frames }).finish());
  return writer.take();
}

/** A snapshot in chunks. Ends what it was made from when it is given up early. */
export class SnapshotChunks implements IterableIterator<Uint8Array> {
  #rest: Uint8Array;
  #at = 0;

  constructor(
    around: Uint8Array,
    private readonly store: IterableIterator<Uint8Array>,
  ) {
    this.#rest = around;
  }

  next(): IteratorResult<Uint8Array, undefined> {
    while (this.#at === this.#rest.length) {
      const { done, value } = this.store.next();
      if (done) return { done: true, value: undefined };
      this.#rest = value;
      this.#at = 0;
    }
    const chunk = this.#rest.subarray(this.#at, this.#at + CHUNK_BYTES_MAX);
    this.#at += chunk.length;
    return { done: false, value: chunk };
  }

  return(): IteratorResult<Uint8Array, undefined> {
    this.#at = this.#rest.length;
    this.store.return?.();
    return { done: true, value: undefined };
  }

  [Symbol.iterator](): this {
    return this;
  }
}

/** Reads chunks back: what belongs to the store goes to `store`. Throws `SnapshotFormatError`. */
export class SnapshotReader {
  readonly alarms: storagev1.Alarm[] = [];
  readonly members: storagev1.Member[] = [];
  readonly answered: storagev1.AnsweredRequest[] = [];
  readonly #frames = new FrameReader();
  #count = 0;
  #ended = false;

  constructor(private readonly store: { add(frame: Frame): void }) {}

  add(chunk: Uint8Array): void {
    for (const frame of this.#frames.read(chunk)) {
      if (frame.kind < STORE_FRAME_KINDS_END) this.store.add(frame);
      else this.#addAround(frame);
    }
  }

  /** To be called behind the last chunk. */
  finish(): void {
    if (this.#frames.isInside || !this.#ended) throw new SnapshotFormatError('the snapshot ends early');
  }

  #addAround({ kind, content }: Frame): void {
    if (kind !== KIND_HEAD && this.#count === 0)
      throw new SnapshotFormatError('the snapshot does not begin with its head');
    switch (kind) {
      case KIND_HEAD:
        readHead(content);
        break;
      case KIND_ALARM:
        this.alarms.push(storagev1.Alarm.decode(content));
        break;
      case KIND_MEMBER:
        this.members.push(storagev1.Member.decode(content));
        break;
      case KIND_ANSWERED:
        this.answered.push(storagev1.AnsweredRequest.decode(content));
        break;
      case KIND_END:
        this.#ended = storagev1.StateEnd.decode(content).frames === this.#count;
        break;
      default:
        throw new SnapshotFormatError(`a frame of unknown kind ${kind}`);
    }
    this.#count++;
  }
}

function readHead(content: Uint8Array): void {
  const { formatVersion } = storagev1.StateHead.decode(content);
  if (formatVersion === FORMAT_VERSION) return;
  throw new SnapshotFormatError(
    `the snapshot has format version ${formatVersion}, this release knows ${FORMAT_VERSION}: start the release that wrote it`,
  );
}
