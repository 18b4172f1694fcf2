import type { raftv1 } from '@orrery/proto';
import type { Disk, DiskFile, Logger } from '@orrery/runtime';
import { SnapshotDamagedError } from './snapshot-errors.ts';
import { encodeFrame, readFrames } from './snapshot-frames.ts';
import { decodeSnapshotHeader, encodeSnapshotHeader, HEADER_BYTES } from './snapshot-header.ts';

const SNAPSHOT_FOLDER = 'snapshots';
/** A snapshot that is being written here, and one that is being received; what a crash leaves of them is removed. */
const WRITING = `${SNAPSHOT_FOLDER}/writing.part`;
const RECEIVING = `${SNAPSHOT_FOLDER}/receiving.part`;
/** A second one is kept for the case that the newest cannot be read. */
const KEPT_MAX = 2;
/** Written bytes are brought to the device in steps, so that the log never waits behind a whole snapshot. */
const SYNC_BYTES = 4 * 1024 * 1024;

/** What a snapshot is of, before it is known how large it gets. */
export type SnapshotPoint = Omit<raftv1.SnapshotMeta, 'bytes'>;

/** The snapshots in one data folder. A file has its name only once it is whole and safe on disk. */
export class SnapshotFiles {
  /** The snapshot that is being sent, open. */
  #sending: { path: string; file: DiskFile } | undefined;
  #receiving: DiskFile | undefined;
  #turn: Promise<void> = Promise.resolve();

  constructor(
    private readonly disk: Disk,
    private readonly cluster: string,
    private readonly logger: Logger,
  ) {}

  /** Newest first, as far as their headers can be read, and the paths of the others. Removes what a crash left half done. */
  async open(): Promise<{ found: raftv1.SnapshotMeta[]; unreadable: string[] }> {
    await this.disk.remove(WRITING);
    await this.disk.remove(RECEIVING);
    const found: raftv1.SnapshotMeta[] = [];
    const unreadable: string[] = [];
    for (const name of await this.#names()) {
      const meta = await this.#metaOf(name);
      if (meta !== undefined) {
        found.unshift(meta);
        continue;
      }
      unreadable.push(`${SNAPSHOT_FOLDER}/${name}`);
      this.logger.warn('the header of a snapshot cannot be read', { path: `${SNAPSHOT_FOLDER}/${name}` });
    }
    return { found, unreadable };
  }

  /** Writes the chunks, which may be made while they are written. Throws `DiskFullError`; then nothing has changed. */
  async write(
    point: SnapshotPoint,
    chunks: Iterable<Uint8Array> | AsyncIterable<Uint8Array>,
  ): Promise<raftv1.SnapshotMeta> {
    await this.disk.remove(WRITING);
    const file = await this.disk.open(WRITING);
    try {
      await file.append(new Uint8Array(HEADER_BYTES));
      await writeFrames(file, chunks);
      const meta = { ...point, bytes: file.size - HEADER_BYTES };
      await this.#publish(file, WRITING, meta);
      return meta;
    } catch (error) {
      await file.close();
      await this.disk.remove(WRITING);
      throw error;
    }
  }

  /** The state machine's chunks, checked. Throws `SnapshotDamagedError`, also midway. */
  async *read(meta: raftv1.SnapshotMeta): AsyncGenerator<Uint8Array> {
    const path = pathOf(meta);
    const file = await this.disk.open(path);
    try {
      if (file.size !== HEADER_BYTES + meta.bytes)
        throw new SnapshotDamagedError(path, Math.min(file.size, HEADER_BYTES));
      yield* readFrames(file, path, HEADER_BYTES);
    } finally {
      await file.close();
    }
  }

  /** At most `bytesMax` bytes of the body, for another member. `undefined` where there is no such snapshot any more. */
  readPart(meta: raftv1.SnapshotMeta, offset: number, bytesMax: number): Promise<Uint8Array | undefined> {
    return this.#inTurn(() => this.#readPart(meta, offset, bytesMax));
  }

  async #readPart(meta: raftv1.SnapshotMeta, offset: number, bytesMax: number): Promise<Uint8Array | undefined> {
    const path = pathOf(meta);
    if (this.#sending?.path !== path) {
      await this.#stopSending();
      if (!(await this.#names()).includes(nameOf(meta))) return undefined;
      this.#sending = { path, file: await this.disk.open(path) };
    }
    const data = await this.#sending.file.read(HEADER_BYTES + offset, Math.min(bytesMax, meta.bytes - offset));
    if (offset + data.length >= meta.bytes) await this.#stopSending();
    return data;
  }

  /** Writes a part aside that another member has sent; offset 0 begins anew. Throws `DiskFullError`. */
  async receivePart(offset: number, data: Uint8Array): Promise<void> {
    if (offset === 0) {
      await this.dropReceived();
      this.#receiving = await this.disk.open(RECEIVING);
      await this.#receiving.append(new Uint8Array(HEADER_BYTES));
    }
    const file = this.#receiving;
    if (file === undefined || file.size !== HEADER_BYTES + offset) throw new SnapshotDamagedError(RECEIVING, offset);
    await file.append(data);
  }

  /** Everything has come: checks it and makes it one of the snapshots. Throws `SnapshotDamagedError`. */
  async finishReceiving(meta: raftv1.SnapshotMeta): Promise<void> {
    const file = this.#receiving;
    if (file === undefined || file.size !== HEADER_BYTES + meta.bytes)
      throw new SnapshotDamagedError(RECEIVING, file?.size ?? 0);
    for await (const _ of readFrames(file, RECEIVING, HEADER_BYTES));
    this.#receiving = undefined;
    await this.#publish(file, RECEIVING, meta);
  }

  async dropReceived(): Promise<void> {
    await this.#receiving?.close();
    this.#receiving = undefined;
    await this.disk.remove(RECEIVING);
  }

  /** Removes all but the newest two and the one that is being sent; returns the newest two, newest first. */
  prune(): Promise<raftv1.SnapshotMeta[]> {
    return this.#inTurn(() => this.#prune());
  }

  async #prune(): Promise<raftv1.SnapshotMeta[]> {
    const names = await this.#names();
    for (const name of names.slice(0, -KEPT_MAX)) {
      const path = `${SNAPSHOT_FOLDER}/${name}`;
      if (this.#sending?.path !== path) await this.disk.remove(path);
    }
    const kept = await Promise.all(names.slice(-KEPT_MAX).map((name) => this.#metaOf(name)));
    return kept.filter((meta) => meta !== undefined).reverse();
  }

  close(): Promise<void> {
    return this.#inTurn(async () => {
      await this.#stopSending();
      await this.#receiving?.close();
      this.#receiving = undefined;
    });
  }

  /** What opens, reads and removes the same files waits for what came before. */
  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#turn.then(work);
    this.#turn = done.then(
      () => undefined,
      () => undefined,
    );
    return done;
  }

  async #stopSending(): Promise<void> {
    const sending = this.#sending;
    this.#sending = undefined;
    await sending?.file.close();
  }

  async #publish(file: DiskFile, path: string, meta: raftv1.SnapshotMeta): Promise<void> {
    await file.sync();
    await file.writeDurably(0, encodeSnapshotHeader({ cluster: this.cluster, meta }));
    await file.close();
    await this.disk.rename(path, pathOf(meta));
  }

  /** Oldest first: the names begin with the index. */
  async #names(): Promise<string[]> {
    return (await this.disk.list(SNAPSHOT_FOLDER)).filter((name) => name.endsWith('.snapshot'));
  }

  async #metaOf(name: string): Promise<raftv1.SnapshotMeta | undefined> {
    const file = await this.disk.open(`${SNAPSHOT_FOLDER}/${name}`);
    const header = decodeSnapshotHeader(await file.read(0, HEADER_BYTES));
    await file.close();
    return header?.cluster === this.cluster && nameOf(header.meta) === name ? header.meta : undefined;
  }
}

async function writeFrames(file: DiskFile, chunks: Iterable<Uint8Array> | AsyncIterable<Uint8Array>): Promise<void> {
  let [sum, unsynced] = [0, 0];
  const write = async (chunk: Uint8Array): Promise<void> => {
    const frame = encodeFrame(chunk, sum);
    sum = frame.sum;
    await file.append(frame.bytes);
    unsynced += frame.bytes.length;
    if (unsynced < SYNC_BYTES) return;
    unsynced = 0;
    await file.sync();
  };
  for await (const chunk of chunks) if (chunk.length > 0) await write(chunk);
  await write(new Uint8Array(0));
}

function nameOf({ index, term }: SnapshotPoint): string {
  return `${String(index).padStart(16, '0')}-${String(term).padStart(10, '0')}.snapshot`;
}

function pathOf(meta: SnapshotPoint): string {
  return `${SNAPSHOT_FOLDER}/${nameOf(meta)}`;
}
