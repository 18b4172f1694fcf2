import { describe, expect, it } from '@jest/globals';
import { raftv1 } from '@orrery/proto';
import { DiskFullError, MemoryDisk, MemoryLogger, SeededRandom } from '@orrery/runtime';
import { type Recovered, type WalWrite, WriteAheadLog } from './write-ahead-log.ts';

const identity = { cluster: 'test', member: 'storage-1', salt: 7 };
const LIVES = 8;

/** What a log must say, kept the obvious way. */
class ObviousLog {
  constructor(
    readonly entries: readonly raftv1.Entry[] = [],
    readonly hardState: raftv1.HardState | undefined = undefined,
  ) {}

  after({ entries = [], hardState }: WalWrite): ObviousLog {
    const first = entries[0]?.index ?? Number.POSITIVE_INFINITY;
    const kept = this.entries.filter(({ index }) => index < first);
    return new ObviousLog([...kept, ...entries], hardState ?? this.hardState);
  }

  isWhat({ entries, hardState }: Recovered, behind: number): boolean {
    const expected = this.entries.filter(({ index }) => index > behind);
    return JSON.stringify([entries, hardState]) === JSON.stringify([expected, this.hardState]);
  }
}

/** A write as Raft makes them: entries at the end, or in place of some that were not committed. */
function randomWrite(random: SeededRandom, log: ObviousLog, snapshotIndex: number, term: number): WalWrite {
  const last = log.entries.at(-1)?.index ?? 0;
  const back = random.integer(4) === 0 ? random.integer(Math.min(5, last - snapshotIndex) + 1) : 0;
  const entries = Array.from({ length: random.integer(6) }, (_, at): raftv1.Entry => {
    const data = new Uint8Array(random.integer(8) === 0 ? 2_000 : random.integer(300)).fill(random.integer(256));
    return { index: last - back + 1 + at, term, type: raftv1.Entry_Type.TYPE_NORMAL, data };
  });
  const hardState = { term, vote: `v${random.integer(3)}`, commit: last - back };
  return { entries, ...(random.integer(3) > 0 && { hardState }) };
}

/** False for the one failure after which the log goes on. */
function isFull(error: unknown): false {
  if (!(error instanceof DiskFullError)) throw error;
  return false;
}

/** Writes, seals and discards at random until the power goes, again and again; checks what each start finds. */
async function live(seed: number): Promise<number> {
  const random = new SeededRandom(seed);
  const disk = new MemoryDisk();
  const allocateBytes = random.integer(2) * 4096;
  const segmentBytesMax = 2048 + random.integer(8) * 1024;
  let log = new ObviousLog();
  let snapshot = { index: 0, term: 0 };
  let torn = 0;
  for (let life = 1; life <= LIVES; life++) {
    const options = { identity, allocateBytes, segmentBytesMax, ...(snapshot.index > 0 && { snapshot }) };
    const { wal, recovered } = await WriteAheadLog.open(disk, new MemoryLogger(), options);
    expect(log.isWhat(recovered, snapshot.index)).toBe(true);
    for (let writes = random.integer(20); writes > 0; writes--) {
      const write = randomWrite(random, log, snapshot.index, life);
      if (random.integer(6) === 0) disk.fillUp(random.integer(2_000));
      const isWritten = await wal.append(write).then(() => true, isFull);
      disk.freeUp();
      if (isWritten) log = log.after(write);
      if (random.integer(5) === 0) await wal.seal();
      if (random.integer(10) > 0) continue;
      const upTo = log.entries[random.integer(log.entries.length)];
      if (upTo === undefined || upTo.index <= snapshot.index) continue;
      snapshot = { index: upTo.index, term: upTo.term };
      await wal.discardTo(snapshot.index);
    }
    const inFlight = randomWrite(random, log, snapshot.index, life);
    const isWriting = random.integer(3) > 0;
    const written = isWriting ? wal.append(inFlight) : Promise.resolve();
    for (let turns = random.integer(8); turns > 0; turns--) await Promise.resolve();
    disk.crash({ tornTail: random });
    const acknowledged = await written.then(
      () => isWriting,
      () => false,
    );
    if (acknowledged) log = log.after(inFlight);
    else if (isWriting) {
      // Nobody was told of it: the whole of it may be there, or nothing.
      const { recovered: found } = await WriteAheadLog.open(disk, new MemoryLogger(), {
        ...options,
        ...(snapshot.index > 0 && { snapshot }),
      });
      const after = log.after(inFlight);
      const isAfter = after.isWhat(found, snapshot.index);
      expect(isAfter || log.isWhat(found, snapshot.index)).toBe(true);
      if (isAfter) log = after;
      torn++;
    }
  }
  return torn;
}

describe('recovery of the write-ahead log', () => {
  it('finds whatever was acknowledged and never half of a write, wherever the power goes', async () => {
    let torn = 0;
    for (let seed = 0; seed < 50; seed++) torn += await live(seed);
    expect(torn).toBeGreaterThan(50);
  });
});
