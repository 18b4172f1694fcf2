import { raftv1 } from '@orrery/proto';
import { invariant, type Random, SeededRandom } from '@orrery/runtime';
import { votersOnly } from '../membership/configuration.ts';
import { Raft } from '../raft.ts';
import type { RaftLimits } from '../raft-options.ts';
import type { DurableWrite, Ready, SnapshotChunk, SnapshotRead } from '../ready.ts';
import { decodeMessage, encodeMessage } from '../wire/wire.ts';
import { MemberDisk } from './disk.ts';

/** One member, its disk and its state machine. What is not yet `finished` is lost in a crash. */
export interface Being {
  raft: Raft;
  readonly disk: MemberDisk;
  openWrite: DurableWrite | undefined;
  /** A part of a snapshot that is being written, and those that are. */
  openChunk: SnapshotChunk | undefined;
  chunks: Uint8Array[];
  /** Parts of snapshots that others wait for. */
  snapshotReads: SnapshotRead[];
  /** The state machine: one line for each entry, in order. */
  applied: string[];
  readonly reads: { context: string; index: number }[];
}

/** Small, so that each is met. */
const LIMITS: Partial<RaftLimits> = { inflightMax: 4, batchMax: 3, chunkBytesMax: 48, learnersMax: 2 };

/** Members, their disks and the messages between them, moved by hand; checks Raft's promises after each step. */
export class RaftWorld {
  readonly beings = new Map<string, Being>();
  network: raftv1.Message[] = [];
  /** Lines by index, as the first member applied them: all must apply the same. */
  readonly #truth: string[] = [];
  readonly #leaders = new Map<number, string>();
  readonly #firstMembers: readonly string[];
  #incarnations = 0;
  snapshotsInstalled = 0;

  constructor(
    members: readonly string[],
    private readonly random: Random = new SeededRandom(1),
    private readonly limits: Partial<RaftLimits> = {},
    /** Can names come back, with another disk? */
    private readonly hasIncarnations = false,
  ) {
    this.#firstMembers = members;
    for (const id of members) this.#create(id, this.#newDisk(false));
  }

  get members(): string[] {
    return [...this.beings.keys()];
  }

  being(id: string): Being {
    const being = this.beings.get(id);
    invariant(being !== undefined, `no member ${id}`);
    return being;
  }

  /** A new member with nothing on its disk, that waits to be told who it is. */
  join(id: string): void {
    this.#create(id, this.#newDisk(true));
  }

  /** An operator empties the member's disk, and starts it as one of the first. */
  forget(id: string): void {
    this.#create(id, this.#newDisk(false));
  }

  #newDisk(joined: boolean): MemberDisk {
    return new MemberDisk(this.hasIncarnations ? ++this.#incarnations : 0, joined);
  }

  crash(id: string): void {
    this.#create(id, this.being(id).disk);
  }

  /** Takes what the member has ready; what its disk has to do stays open unless `finishDisk`. */
  drain(id: string, finishDisk = true): void {
    const being = this.being(id);
    for (let ready = being.raft.ready(); ready !== undefined; ready = being.raft.ready()) {
      this.#take(being, ready);
      if (finishDisk) this.finishDisk(id);
    }
    this.#checkLeader(being.raft);
  }

  #take(being: Being, ready: Ready): void {
    this.network.push(...ready.messages);
    for (const entry of ready.committed) this.#apply(being, entry);
    for (const { context, index } of ready.reads) {
      being.reads.push({ context: new TextDecoder().decode(context), index });
    }
    being.snapshotReads.push(...ready.snapshotReads);
    if (ready.write !== undefined) being.openWrite = ready.write;
    if (ready.snapshotChunk !== undefined) being.openChunk = ready.snapshotChunk;
    const isLast = ready.snapshotChunk?.done === true;
    invariant(
      !isLast || being.openWrite === undefined,
      `${being.raft.id} has a write open while a snapshot is installed`,
    );
  }

  /** Everything that the member's disk has to do is done. */
  finishDisk(id: string): void {
    this.finishWrite(id);
    this.finishChunk(id);
    this.finishSnapshotReads(id);
  }

  finishWrite(id: string): void {
    const being = this.being(id);
    const write = being.openWrite;
    if (write === undefined) return;
    being.openWrite = undefined;
    being.disk.persist(write);
    being.raft.advance(write);
    this.network.push(...write.messages);
  }

  finishSnapshotReads(id: string): void {
    const { raft, disk, snapshotReads } = this.being(id);
    for (const read of snapshotReads.splice(0)) {
      const file = disk.snapshotAt(read.snapshot.index);
      if (file === undefined) raft.snapshotReadFailed(read);
      else {
        const data = file.data.subarray(read.offset, read.offset + read.bytesMax);
        raft.sendSnapshotChunk(read, data, read.offset + data.length >= file.data.length);
      }
    }
  }

  /** `isDamaged`: what is written is not what was sent. */
  finishChunk(id: string, isDamaged = false): void {
    const being = this.being(id);
    const chunk = being.openChunk;
    if (chunk === undefined) return;
    being.openChunk = undefined;
    if (chunk.offset === 0) being.chunks = [];
    being.chunks.push(chunk.data);
    if (isDamaged) being.raft.snapshotRefused();
    else if (chunk.done) this.#install(being, chunk.snapshot);
    else being.raft.snapshotChunkWritten(chunk);
  }

  #install(being: Being, meta: raftv1.SnapshotMeta): void {
    const data = Buffer.concat(being.chunks);
    invariant(data.length === meta.bytes, `snapshot ${meta.index} has ${data.length} bytes instead of ${meta.bytes}`);
    being.disk.install({ meta, data });
    this.#restore(being, { meta, data });
    being.raft.snapshotInstalled(meta);
    this.snapshotsInstalled++;
  }

  #restore(being: Being, { meta, data }: { meta: raftv1.SnapshotMeta; data: Uint8Array }): void {
    being.applied = new TextDecoder().decode(data).split('\n').slice(0, meta.index);
    const same = being.applied.every((line, at) => line === this.#truth[at]);
    invariant(same && being.applied.length === meta.index, `${being.raft.id} got another state of ${meta.index}`);
  }

  /** The member writes what it has applied to a snapshot and forgets all but the last `keep` entries of that. */
  snapshot(id: string, keep = 0): void {
    const { raft, disk, applied } = this.being(id);
    if (!raft.maySnapshot) return;
    const data = Buffer.from(`${applied.join('\n')}\n`);
    const meta = { ...raft.snapshotPoint(), bytes: data.length };
    if (meta.index === (disk.snapshot?.meta.index ?? 0)) return;
    disk.addSnapshot({ meta, data });
    raft.snapshotTaken(meta, meta.index - keep);
  }

  /** Delivers one message, encoded and decoded as the wire does it. */
  deliver(message: raftv1.Message): void {
    this.beings.get(message.to)?.raft.step(decodeMessage(encodeMessage(message)));
  }

  /** Lets everything happen until nothing does. `passes` sees each message before it is delivered. */
  stabilize(
    passes: (message: raftv1.Message) => boolean = () => true,
    disksThatWait: readonly string[] = [],
  ): raftv1.Message[] {
    const delivered: raftv1.Message[] = [];
    for (;;) {
      for (const id of this.members) this.drain(id, !disksThatWait.includes(id));
      const message = this.network.shift();
      if (message === undefined) return delivered;
      if (!passes(message)) continue;
      delivered.push(message);
      this.deliver(message);
    }
  }

  /** All that anybody has applied. */
  get truth(): readonly string[] {
    return this.#truth;
  }

  /** Log matching: where two logs agree in a term, they agree in all before. */
  checkLogs(): void {
    const logs = [...this.beings.values()].map(({ raft }) => raft.log);
    for (const a of logs) {
      for (const b of logs) {
        let index = Math.min(a.lastIndex, b.lastIndex);
        const first = Math.max(a.offset, b.offset) + 1;
        while (index >= first && a.term(index) !== b.term(index)) index--;
        for (; index >= first; index--) {
          invariant(a.term(index) === b.term(index), `log matching is broken at index ${index}`);
        }
      }
    }
  }

  #create(id: string, disk: MemberDisk): void {
    const { hardState, entries, snapshot, incarnation, joined } = disk;
    const isFirst = this.#firstMembers.includes(id) && !joined;
    const raft = new Raft({
      ...LIMITS,
      ...this.limits,
      id,
      incarnation,
      joined,
      ...(isFirst ? { configuration: votersOnly(this.#firstMembers) } : {}),
      electionTicks: 10,
      heartbeatTicks: 2,
      random: this.random,
      hardState,
      snapshot: snapshot?.meta,
      entries,
    });
    const being: Being = {
      raft,
      disk,
      openWrite: undefined,
      openChunk: undefined,
      chunks: [],
      snapshotReads: [],
      applied: [],
      reads: [],
    };
    if (snapshot !== undefined) this.#restore(being, snapshot);
    this.beings.set(id, being);
  }

  /** State machine safety: all members apply the same entry at each index. */
  #apply(being: Being, entry: raftv1.Entry): void {
    const line = lineOf(entry);
    being.applied.push(line);
    invariant(being.applied.length === entry.index, `${being.raft.id} applies ${entry.index} out of order`);
    const known = this.#truth[entry.index - 1];
    if (known === undefined) this.#truth.push(line);
    invariant(known === undefined || known === line, `${being.raft.id} applies another entry ${entry.index}`);
  }

  /** Election safety: one leader a term. Leader completeness: it has all that was ever committed. */
  #checkLeader(raft: Raft): void {
    if (raft.role !== 'leader') return;
    const known = this.#leaders.get(raft.term);
    invariant(known === undefined || known === raft.id, `${known} and ${raft.id} lead in term ${raft.term}`);
    if (known !== undefined) return;
    this.#leaders.set(raft.term, raft.id);
    this.#truth.forEach((line, at) => {
      const index = at + 1;
      const has = index <= raft.log.offset || raft.log.term(index) === termOf(line);
      invariant(has, `leader ${raft.id} misses committed entry ${index}`);
    });
  }
}

function lineOf({ term, type, data }: raftv1.Entry): string {
  if (type !== raftv1.Entry_Type.TYPE_CONFIGURATION) return `${term} ${new TextDecoder().decode(data)}`;
  const { voters, learners } = raftv1.Configuration.decode(data);
  return `${term} =${[...voters, ...learners.map((learner) => `(${learner})`)]}`;
}

function termOf(line: string): number {
  return Number(line.split(' ', 1)[0]);
}
