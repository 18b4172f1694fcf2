import { beforeEach, describe, expect, it } from '@jest/globals';
import type { Bus, Log, LogEntry } from './bus.ts';
import { LogExpiredError, PayloadTooLargeError, SlowConsumerError, WrongPredecessorError } from './bus-errors.ts';
import { type BusWorld, bytes, failure, fill, follow, openLog, settle, soon, text } from './bus-world.contract.ts';

/** The world of the test that runs. */
export interface Given {
  readonly world: BusWorld;
  readonly bus: Bus;
  readonly peer: Bus;
  /** Of subjects and logs, for this test alone. */
  readonly prefix: string;
}

/** What every `Log` does. Part of the contract of a bus. */
export function describeLog(given: () => Given): void {
  let world: BusWorld;
  let bus: Bus;
  let peer: Bus;
  let prefix: string;

  beforeEach(() => {
    ({ world, bus, peer, prefix } = given());
  });

  describe('a log', () => {
    let log: Log;
    const entry = (position: number, tail = 'a.x', size = 8): LogEntry => ({
      subject: `${prefix}.log.${tail}`,
      position,
      data: new Uint8Array(size).fill(position % 256),
    });

    beforeEach(async () => {
      log = await openLog(bus, prefix);
    });

    it('is empty at first', async () => {
      expect(await log.lastPosition()).toBe(0);
      expect(await log.firstPosition()).toBe(0);
    });

    it('keeps entries in order, with the position the writer chose', async () => {
      await log.append(entry(7), 0);
      await log.append(entry(8), 7);
      expect(await log.firstPosition()).toBe(7);
      expect(await log.lastPosition()).toBe(8);
      const reader = follow(log, { after: 6 });
      await world.until(() => reader.entries.length === 2);
      expect(reader.entries.map(({ position, subject, data }) => ({ position, subject, first: data[0] }))).toEqual([
        { position: 7, subject: `${prefix}.log.a.x`, first: 7 },
        { position: 8, subject: `${prefix}.log.a.x`, first: 8 },
      ]);
      await reader.stop();
    });

    it('goes on after a gap and a restart of the broker', async () => {
      await log.append(entry(7), 0);
      await log.append(entry(8), 7);
      await world.stopBroker();
      await world.startBroker();
      await settle(world, bus);
      await log.append(entry(9), 8);
      const other = await openLog(peer, prefix);
      expect(await failure(other.append(entry(9), 8))).toMatchObject({ name: 'WrongPredecessorError', last: 9 });
      await other.append(entry(20), 9);
      await log.append(entry(21), 20);
      expect(await failure(other.append(entry(21), 20))).toMatchObject({ name: 'WrongPredecessorError', last: 21 });
      expect(await log.firstPosition()).toBe(20);
    });

    it('takes several appends on their way at once', async () => {
      await log.append(entry(3), 0);
      await Promise.all(Array.from({ length: 50 }, (_, i) => log.append(entry(i + 4), i + 3)));
      const other = await openLog(peer, prefix);
      await Promise.all(Array.from({ length: 50 }, (_, i) => other.append(entry(i + 54), i + 53)));
      expect(await log.lastPosition()).toBe(103);
    });

    it('refuses an append after anything but its last entry', async () => {
      await log.append(entry(1), 0);
      await log.append(entry(2), 1);
      const other = await openLog(peer, prefix);
      for (const [position, previous] of [
        [2, 1],
        [1, 0],
        [5, 4],
        [3, 0],
      ] as const) {
        const error = await failure(other.append(entry(position), previous));
        expect(error).toBeInstanceOf(WrongPredecessorError);
        expect(error).toMatchObject({ expected: previous, last: 2 });
      }
      expect(await log.lastPosition()).toBe(2);
      await other.append(entry(3), 2);
      const error = await failure(log.append(entry(3), 2));
      expect(error).toMatchObject({ name: 'WrongPredecessorError', expected: 2, last: 3 });
      await log.append(entry(4), 3);
    });

    it('refuses a repeated append, and names the entry as the last one', async () => {
      await log.append(entry(1), 0);
      expect(await failure(log.append(entry(1), 0))).toMatchObject({ name: 'WrongPredecessorError', last: 1 });
    });

    it('refuses an entry that is too large', async () => {
      const error = await failure(log.append(entry(1, 'a.x', world.payloadBytesMax + 1), 0));
      expect(error).toBeInstanceOf(PayloadTooLargeError);
      expect(await log.lastPosition()).toBe(0);
    });

    it('is followed from a position, with what comes later', async () => {
      await fill(log, prefix, 1, 10);
      const reader = follow(await openLog(peer, prefix), { after: 4 });
      await world.until(() => reader.positions.length === 6);
      await fill(log, prefix, 11, 12);
      await world.until(() => reader.positions.length === 8);
      expect(reader.positions).toEqual([5, 6, 7, 8, 9, 10, 11, 12]);
      await reader.stop();
    });

    it('is followed from its end, and from beyond', async () => {
      await fill(log, prefix, 1, 3);
      const atEnd = follow(log, { after: 3 });
      const beyond = follow(log, { after: 5 });
      await settle(world, bus);
      await fill(log, prefix, 4, 7);
      await world.until(() => atEnd.positions.length === 4 && beyond.positions.length === 2);
      expect(atEnd.positions).toEqual([4, 5, 6, 7]);
      expect(beyond.positions).toEqual([6, 7]);
      await atEnd.stop();
      await beyond.stop();
    });

    it('gives a follower only what its filter matches', async () => {
      for (let i = 1; i <= 9; i += 1)
        await log.append(entry(i, i % 3 === 0 ? 'pods.node-1.x' : 'pods.node-2.x'), i - 1);
      const reader = follow(log, { after: 3, filter: `${prefix}.log.pods.node-1.>` });
      await world.until(() => reader.positions.length === 2);
      await log.append(entry(10, 'pods.node-2.x'), 9);
      await log.append(entry(11, 'pods.node-1.x'), 10);
      await world.until(() => reader.positions.length === 3);
      expect(reader.positions).toEqual([6, 9, 11]);
      await reader.stop();
    });

    it('ends the following without an error when the signal aborts', async () => {
      const reader = follow(log, { after: 0 });
      await settle(world, bus);
      await reader.stop();
      expect(reader.error).toBeUndefined();
    });

    it('says when entries after the position are no longer kept', async () => {
      const small = await bus.log(`${prefix}-small`, { subjects: [`${prefix}.small.>`], bytesMax: 10_000 });
      for (let i = 1; i <= 40; i += 1) {
        await small.append({ subject: `${prefix}.small.x`, position: i, data: new Uint8Array(1_000) }, i - 1);
      }
      const first = await small.firstPosition();
      expect(first).toBeGreaterThan(1);
      const expired = follow(small, { after: first - 2 });
      await world.until(() => expired.error !== undefined);
      expect(expired.error).toBeInstanceOf(LogExpiredError);
      expect(expired.error).toMatchObject({ after: first - 2, first });
      const kept = follow(small, { after: first - 1 });
      await world.until(() => kept.positions.at(-1) === 40);
      expect(kept.positions[0]).toBe(first);
      await kept.stop();
    });

    it('expires what lies before a gap', async () => {
      await fill(log, prefix, 1, 3);
      await log.append(entry(10), 3);
      expect(await log.firstPosition()).toBe(10);
      const expired = follow(log, { after: 3 });
      await world.until(() => expired.error !== undefined);
      expect(expired.error).toBeInstanceOf(LogExpiredError);
      const reader = follow(log, { after: 9 });
      await world.until(() => reader.positions.length === 1);
      await reader.stop();
    });

    it('cuts off a reader that does not keep up, without skipping anything before', async () => {
      await fill(log, prefix, 1, 30);
      const abort = new AbortController();
      const entries = log.follow({ after: 0, signal: abort.signal, pendingMax: 10 })[Symbol.asyncIterator]();
      const seen: number[] = [];
      const readTo = async (last: number): Promise<void> => {
        while (seen.at(-1) !== last) {
          const next = await entries.next();
          if (next.done) throw new Error('the log ended');
          seen.push(next.value.position);
        }
      };
      // Catching up may take its time …
      await soon(world, readTo(30));
      await fill(log, prefix, 31, 31);
      await soon(world, readTo(31));
      // … but who is up to date has to stay so.
      const waiting = entries.next();
      await fill(log, prefix, 32, 60);
      await settle(world, bus);
      await world.pass(100);
      seen.push((await waiting).value.position);
      expect(await failure(soon(world, readTo(60)))).toBeInstanceOf(SlowConsumerError);
      expect(seen).toEqual(Array.from({ length: seen.length }, (_, i) => i + 1));
    });
  });

  describe('a log that loses entries', () => {
    let log: Log;
    const toPods = (position: number, previous = position - 1): Promise<void> =>
      log.append({ subject: `${prefix}.log.pods.x`, position, data: bytes(String(position)) }, previous);

    beforeEach(async () => {
      log = await openLog(bus, prefix);
    });

    it('shows single entries to its writer', async () => {
      await fill(log, prefix, 1, 3);
      const found = await log.entryAt(2);
      expect(found).toMatchObject({ subject: `${prefix}.log.a.x`, position: 2 });
      expect(text(found?.data ?? bytes(''))).toBe('2');
      expect(await log.entryAt(4)).toBeUndefined();
      expect(await (await openLog(bus, `${prefix}-none`)).entryAt(1)).toBeUndefined();
    });

    it('expires for every follower at a gap, also for those who were up to date or want little of it', async () => {
      await fill(log, prefix, 1, 3);
      const all = follow(await openLog(peer, prefix), { after: 0 });
      const few = follow(await openLog(peer, prefix), { after: 3, filter: `${prefix}.log.pods.>` });
      await world.until(() => all.positions.length === 3);
      await settle(world, bus);
      await toPods(10, 3);
      await world.until(() => all.error !== undefined && few.error !== undefined);
      expect([all.error, few.error]).toEqual([expect.any(LogExpiredError), expect.any(LogExpiredError)]);
      expect([all.positions, few.positions]).toEqual([[1, 2, 3], []]);
      await toPods(11);
      const again = follow(await openLog(peer, prefix), { after: 9, filter: `${prefix}.log.pods.>` });
      await world.until(() => again.positions.length === 2);
      expect(again.positions).toEqual([10, 11]);
      await again.stop();
    });

    it('is written again after a crash, and nobody misses or repeats anything', async () => {
      await fill(log, prefix, 1, 5);
      const peers = await openLog(peer, prefix);
      const all = follow(peers, { after: 0 });
      const few = follow(peers, { after: 0, filter: `${prefix}.log.pods.>` });
      await world.syncLogs();
      await settle(world, bus);
      for (const position of [6, 7, 8, 9]) await toPods(position);
      await world.until(() => all.positions.length === 9 && few.positions.length === 4);
      await world.crashBroker(4);
      await settle(world, bus);
      expect(await log.lastPosition()).toBe(5);
      for (const position of [6, 7]) await toPods(position);
      await settle(world, bus);
      for (const position of [8, 9, 10]) await toPods(position);
      await world.until(() => all.positions.length === 10 && few.positions.length === 5);
      await settle(world, bus);
      expect(all.positions).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
      expect(few.positions).toEqual([6, 7, 8, 9, 10]);
      await all.stop();
      await few.stop();
    });

    it('is made again after it was deleted, and nobody misses or repeats anything', async () => {
      await fill(log, prefix, 1, 5);
      const peers = await openLog(peer, prefix);
      const all = follow(peers, { after: 0 });
      const few = follow(peers, { after: 2, filter: `${prefix}.log.pods.>` });
      await world.until(() => all.positions.length === 5);
      await settle(world, bus);
      await world.deleteLog(`${prefix}-log`);
      expect(await failure(toPods(6))).toMatchObject({ name: 'WrongPredecessorError', expected: 5, last: 0 });
      await fill(log, prefix, 1, 5);
      for (const position of [6, 7]) await toPods(position);
      await world.until(() => all.positions.length === 7 && few.positions.length === 2);
      expect(all.positions).toEqual([1, 2, 3, 4, 5, 6, 7]);
      expect(few.positions).toEqual([6, 7]);
      await all.stop();
      await few.stop();
    });

    it('that is deleted and begins anew expires for those who cannot be told everything', async () => {
      await fill(log, prefix, 1, 5);
      const peers = await openLog(peer, prefix);
      const early = follow(peers, { after: 5, filter: `${prefix}.log.pods.>` });
      const beyond = follow(peers, { after: 8, filter: `${prefix}.log.pods.>` });
      await settle(world, bus);
      await world.deleteLog(`${prefix}-log`);
      await toPods(8, 0);
      await toPods(9);
      await world.until(() => early.error !== undefined && beyond.positions.length === 1);
      expect(early.error).toBeInstanceOf(LogExpiredError);
      expect(beyond.positions).toEqual([9]);
      await beyond.stop();
    });

    it('goes on behind what was purged, and expires for those who had not had it', async () => {
      await fill(log, prefix, 1, 5);
      const live = follow(await openLog(peer, prefix), { after: 0 });
      await world.until(() => live.positions.length === 5);
      await world.purgeLog(`${prefix}-log`);
      expect([await log.firstPosition(), await log.lastPosition()]).toEqual([0, 5]);
      const late = follow(await openLog(peer, prefix), { after: 3 });
      await world.until(() => late.error !== undefined);
      expect(late.error).toBeInstanceOf(LogExpiredError);
      await toPods(6);
      await world.until(() => live.positions.length === 6);
      await live.stop();
    });

    it('expires for those who have had more than it comes to hold again in time', async () => {
      await fill(log, prefix, 1, 3);
      const beyond = follow(await openLog(peer, prefix), { after: 7, behindPatienceMs: 300 });
      await settle(world, bus);
      await world.until(() => beyond.error !== undefined);
      expect(beyond.error).toBeInstanceOf(LogExpiredError);
    });
  });
}
