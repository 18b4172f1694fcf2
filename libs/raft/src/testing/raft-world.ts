import { raftv1 } from '@orrery/proto';
import { invariant, type Random, SeededRandom } from '@orrery/runtime';
import { Raft } from '../raft.ts';
import type { DurableWrite } from '../ready.ts';

/** One member and its disk. What is not yet `finished` is lost in a crash. */
export interface Being {
  raft: Raft;
  readonly disk: { hardState: raftv1.HardState | undefined; entries: raftv1.Entry[] };
  openWrite: DurableWrite | undefined;
  readonly applied: raftv1.Entry[];
  readonly reads: { context: string; index: number }[];
}

/** Members, their disks and the messages between them, moved by hand; checks Raft's promises after each step. */
export class RaftWorld {
  readonly beings = new Map<string, Being>();
  network: raftv1.Message[] = [];
  /** Entries by index, as the first member applied them: all must apply the same. */
  readonly #truth: raftv1.Entry[] = [];
  readonly #leaders = new Map<number, string>();

  constructor(
    readonly members: readonly string[],
    private readonly random: Random = new SeededRandom(1),
  ) {
    for (const id of members) this.#create(id, { hardState: undefined, entries: [] });
  }

  being(id: string): Being {
    const being = this.beings.get(id);
    invariant(being !== undefined, `no member ${id}`);
    return being;
  }

  /** Takes what the member has ready; its write stays open unless `finishWrites`. */
  drain(id: string, finishWrites = true): void {
    const being = this.being(id);
    for (let ready = being.raft.ready(); ready !== undefined; ready = being.raft.ready()) {
      this.network.push(...ready.messages);
      for (const entry of ready.committed) this.#apply(being, entry);
      for (const { context, index } of ready.reads) {
        being.reads.push({ context: new TextDecoder().decode(context), index });
      }
      if (ready.write !== undefined) being.openWrite = ready.write;
      if (finishWrites) this.finishWrite(id);
    }
    this.#checkLeader(being.raft);
  }

  finishWrite(id: string): void {
    const being = this.being(id);
    const write = being.openWrite;
    if (write === undefined) return;
    being.openWrite = undefined;
    persist(being.disk, write);
    being.raft.advance(write);
    this.network.push(...write.messages);
  }

  /** Delivers one message, encoded and decoded as the wire does it. */
  deliver(message: raftv1.Message): void {
    this.being(message.to).raft.step(raftv1.Message.decode(raftv1.Message.encode(message).finish()));
  }

  crash(id: string): void {
    this.#create(id, this.being(id).disk);
  }

  /** Lets everything happen until nothing does. `cut`: members whose messages are lost. */
  stabilize(cut: ReadonlySet<string> = new Set()): raftv1.Message[] {
    const delivered: raftv1.Message[] = [];
    for (;;) {
      for (const id of this.members) this.drain(id);
      const message = this.network.shift();
      if (message === undefined) return delivered;
      if (cut.has(message.from) || cut.has(message.to)) continue;
      delivered.push(message);
      this.deliver(message);
    }
  }

  /** All that anybody has applied. */
  get truth(): readonly raftv1.Entry[] {
    return this.#truth;
  }

  /** Log matching: where two logs agree in a term, they agree in all before. */
  checkLogs(): void {
    const logs = [...this.beings.values()].map(({ raft }) => raft.log.slice(0, Number.MAX_SAFE_INTEGER, 1e9));
    for (const a of logs) {
      for (const b of logs) {
        let same = Math.min(a.length, b.length);
        while (same > 0 && a[same - 1]?.term !== b[same - 1]?.term) same--;
        for (let at = 0; at < same; at++) {
          invariant(a[at]?.term === b[at]?.term, `log matching is broken at index ${at + 1}`);
        }
      }
    }
  }

  #create(id: string, disk: Being['disk']): void {
    const { hardState, entries } = disk;
    const raft = new Raft({
      id,
      members: this.members,
      electionTicks: 10,
      heartbeatTicks: 2,
      random: this.random,
      hardState,
      entries,
      inflightMax: 4,
      batchMax: 3,
    });
    this.beings.set(id, { raft, disk, openWrite: undefined, applied: [], reads: [] });
  }

  /** State machine safety: all members apply the same entry at each index. */
  #apply(being: Being, entry: raftv1.Entry): void {
    being.applied.push(entry);
    const known = this.#truth[entry.index - 1];
    if (known === undefined) this.#truth.push(entry);
    const same = known === undefined || (known.term === entry.term && Buffer.compare(known.data, entry.data) === 0);
    invariant(same, `${being.raft.id} applies another entry ${entry.index}`);
    invariant(being.applied.length === entry.index, `${being.raft.id} applies ${entry.index} out of order`);
  }

  /** Election safety: one leader a term. Leader completeness: it has all that was ever committed. */
  #checkLeader(raft: Raft): void {
    if (raft.role !== 'leader') return;
    const known = this.#leaders.get(raft.term);
    invariant(known === undefined || known === raft.id, `${known} and ${raft.id} lead in term ${raft.term}`);
    if (known !== undefined) return;
    this.#leaders.set(raft.term, raft.id);
    for (const entry of this.#truth) {
      invariant(raft.log.term(entry.index) === entry.term, `leader ${raft.id} misses committed entry ${entry.index}`);
    }
  }
}

function persist(disk: Being['disk'], write: DurableWrite): void {
  if (write.hardState !== undefined) disk.hardState = write.hardState;
  for (const entry of write.entries) {
    disk.entries.length = entry.index - 1;
    disk.entries.push(entry);
  }
}
