import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { Bus, Log, LogEntry, RequestOptions } from './bus.ts';
import {
  BusClosedError,
  LogExpiredError,
  NoResponderError,
  PayloadTooLargeError,
  RemoteError,
  RequestTimeoutError,
  SlowConsumerError,
  WrongPredecessorError,
} from './bus-errors.ts';

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

/** What every `Bus` does. Run by each implementation's test. */
export function describeBus(name: string, makeWorld: () => Promise<BusWorld>): void {
  describe(`${name} as a bus`, () => {
    let world: BusWorld;
    let bus: Bus;
    let peer: Bus;
    let prefix: string;
    let count = 0;

    beforeEach(async () => {
      world = await makeWorld();
      bus = await world.connect();
      peer = await world.connect();
      count += 1;
      prefix = `t${count}`;
    });

    afterEach(async () => {
      await bus.close();
      await peer.close();
      await world.destroy();
    });

    describe('publish and subscribe', () => {
      it('delivers the messages of one publisher in order, also to a slow handler', async () => {
        const seen: string[] = [];
        await peer.subscribe(`${prefix}.a`, async (message) => {
          await Promise.resolve();
          seen.push(text(message.data));
        });
        for (let i = 0; i < 100; i += 1) bus.publish(`${prefix}.a`, bytes(String(i)));
        await world.until(() => seen.length === 100);
        expect(seen).toEqual(Array.from({ length: 100 }, (_, i) => String(i)));
      });

      it('matches * with one token and > with the rest', async () => {
        const seen: string[] = [];
        await peer.subscribe(`${prefix}.*.x`, ({ subject }) => void seen.push(`* ${subject}`));
        await peer.subscribe(`${prefix}.b.>`, ({ subject }) => void seen.push(`> ${subject}`));
        for (const tail of ['a.x', 'b.x', 'b', 'b.x.y', 'c.y']) bus.publish(`${prefix}.${tail}`, bytes(''));
        await world.until(() => seen.length === 4);
        await settle(world, bus);
        expect(seen.sort()).toEqual([`* ${prefix}.a.x`, `* ${prefix}.b.x`, `> ${prefix}.b.x`, `> ${prefix}.b.x.y`]);
      });

      it('gives each message to one member of a queue group, and to every other subscriber', async () => {
        const group: string[] = [];
        const all: string[] = [];
        await bus.subscribe(`${prefix}.q`, (m) => void group.push(text(m.data)), { queue: 'g' });
        await peer.subscribe(`${prefix}.q`, (m) => void group.push(text(m.data)), { queue: 'g' });
        await peer.subscribe(`${prefix}.q`, (m) => void all.push(text(m.data)));
        for (let i = 0; i < 20; i += 1) bus.publish(`${prefix}.q`, bytes(String(i)));
        await world.until(() => group.length >= 20 && all.length >= 20);
        await settle(world, bus);
        expect(group).toHaveLength(20);
        expect(new Set(group).size).toBe(20);
        expect(all).toHaveLength(20);
      });

      it('delivers nothing after the subscription was stopped, which may be done twice', async () => {
        const seen: string[] = [];
        const subscription = await peer.subscribe(`${prefix}.s`, (m) => void seen.push(text(m.data)));
        await subscription.stop();
        await subscription.stop();
        bus.publish(`${prefix}.s`, bytes('late'));
        await settle(world, bus);
        expect(seen).toEqual([]);
      });

      it('goes on after a handler has failed', async () => {
        const seen: string[] = [];
        await peer.subscribe(`${prefix}.f`, (m) => {
          seen.push(text(m.data));
          if (seen.length === 1) throw new Error('first one');
        });
        bus.publish(`${prefix}.f`, bytes('1'));
        bus.publish(`${prefix}.f`, bytes('2'));
        await world.until(() => seen.length === 2);
      });

      it('drops the oldest when more than pendingMax messages wait', async () => {
        const seen: string[] = [];
        let release = (): void => undefined;
        const gate = new Promise<void>((resolve) => {
          release = resolve;
        });
        await peer.subscribe(
          `${prefix}.d`,
          async (m) => {
            seen.push(text(m.data));
            await gate;
          },
          { pendingMax: 2 },
        );
        for (let i = 0; i < 6; i += 1) bus.publish(`${prefix}.d`, bytes(String(i)));
        await settle(world, bus);
        await settle(world, peer);
        release();
        await world.until(() => seen.length === 3);
        expect(seen).toEqual(['0', '4', '5']);
      });
    });

    describe('request and serve', () => {
      it('answers', async () => {
        await peer.serve(`${prefix}.r`, ({ data }) => bytes(`hello ${text(data)}`));
        expect(text(await soon(world, bus.request(`${prefix}.r`, bytes('you'))))).toBe('hello you');
      });

      it('shares the load among the members of a queue group', async () => {
        const served: string[] = [];
        const serveAs = (member: string) => (): Uint8Array => {
          served.push(member);
          return bytes('');
        };
        await bus.serve(`${prefix}.r`, serveAs('a'), { queue: 'q' });
        await peer.serve(`${prefix}.r`, serveAs('b'), { queue: 'q' });
        const requests = Array.from({ length: 40 }, () => bus.request(`${prefix}.r`, bytes('')));
        await soon(world, Promise.all(requests));
        expect(served).toHaveLength(40);
        expect(new Set(served)).toEqual(new Set(['a', 'b']));
      });

      it('tells the requester what the handler threw', async () => {
        await peer.serve(`${prefix}.r`, () => {
          throw new RangeError('too far');
        });
        const error = await failure(soon(world, bus.request(`${prefix}.r`, bytes(''))));
        expect(error).toBeInstanceOf(RemoteError);
        expect(error).toMatchObject({ remoteName: 'RangeError', remoteMessage: 'too far' });
      });

      it('says when nobody serves', async () => {
        const error = await failure(soon(world, bus.request(`${prefix}.nobody`, bytes(''))));
        expect(error).toBeInstanceOf(NoResponderError);
      });

      it('gives up after the timeout', async () => {
        await peer.serve(`${prefix}.r`, () => new Promise<Uint8Array>(() => undefined));
        const error = failure(bus.request(`${prefix}.r`, bytes(''), { timeoutMs: 100 }));
        await world.pass(150);
        expect(await error).toBeInstanceOf(RequestTimeoutError);
      });

      it('gives up when the signal aborts', async () => {
        await peer.serve(`${prefix}.r`, () => new Promise<Uint8Array>(() => undefined));
        const abort = new AbortController();
        const error = failure(bus.request(`${prefix}.r`, bytes(''), { signal: abort.signal }));
        abort.abort();
        expect((await error).name).toBe('AbortedError');
      });

      it('handles up to concurrencyMax requests at once', async () => {
        let running = 0;
        let most = 0;
        const handler = async (): Promise<Uint8Array> => {
          running += 1;
          most = Math.max(most, running);
          for (let turn = 0; turn < 5; turn += 1) await Promise.resolve();
          running -= 1;
          return bytes('');
        };
        await peer.serve(`${prefix}.r`, handler, { concurrencyMax: 3 });
        await soon(world, Promise.all(Array.from({ length: 20 }, () => bus.request(`${prefix}.r`, bytes('')))));
        expect(most).toBe(3);
      });

      it('finishes what is being handled before stop returns', async () => {
        let release = (): void => undefined;
        const gate = new Promise<void>((resolve) => {
          release = resolve;
        });
        let begun = false;
        const serving = await peer.serve(`${prefix}.r`, async () => {
          begun = true;
          await gate;
          return bytes('done');
        });
        const answer = bus.request(`${prefix}.r`, bytes(''));
        await world.until(() => begun);
        const stopped = serving.stop();
        release();
        await stopped;
        expect(text(await soon(world, answer))).toBe('done');
      });
    });

    describe('streamed replies', () => {
      it('arrive complete and in order, many more than fit at once', async () => {
        await peer.serveMany(`${prefix}.m`, async function* ({ data }) {
          for (let i = 0; i < Number(text(data)); i += 1) yield bytes(String(i));
        });
        expect(await soon(world, all(bus, `${prefix}.m`, '300'))).toEqual(
          Array.from({ length: 300 }, (_, i) => String(i)),
        );
        expect(await soon(world, all(bus, `${prefix}.m`, '0'))).toEqual([]);
      });

      it('keep the responder from running ahead of the reader', async () => {
        let produced = 0;
        await peer.serveMany(`${prefix}.m`, async function* () {
          for (; produced < 1_000; produced += 1) yield bytes('x');
        });
        const chunks = bus.requestMany(`${prefix}.m`, bytes(''))[Symbol.asyncIterator]();
        await soon(world, chunks.next());
        await settle(world, bus);
        expect(produced).toBeLessThan(100);
        await chunks.return?.();
      });

      it('tell the responder when the reader leaves early', async () => {
        let aborted = false;
        await peer.serveMany(`${prefix}.m`, async function* (_, signal) {
          signal.addEventListener('abort', () => {
            aborted = true;
          });
          for (;;) yield bytes('x');
        });
        const read = async (): Promise<void> => {
          for await (const chunk of bus.requestMany(`${prefix}.m`, bytes(''))) {
            expect(text(chunk)).toBe('x');
            break;
          }
        };
        await soon(world, read());
        await world.until(() => aborted);
      });

      it('tell a responder that has nothing to send when the reader leaves', async () => {
        let begun = false;
        let aborted = false;
        await peer.serveMany(`${prefix}.m`, async function* (_, signal) {
          begun = true;
          await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()));
          aborted = true;
        });
        const abort = new AbortController();
        const reading = failure(all(bus, `${prefix}.m`, '', { signal: abort.signal }));
        await world.until(() => begun);
        await settle(world, bus);
        abort.abort();
        expect((await reading).name).toBe('AbortedError');
        await world.until(() => aborted);
      });

      it('end with what the responder threw, after the chunks before it', async () => {
        await peer.serveMany(`${prefix}.m`, async function* () {
          yield bytes('1');
          yield bytes('2');
          throw new TypeError('no third');
        });
        const seen: string[] = [];
        const read = async (): Promise<void> => {
          for await (const chunk of bus.requestMany(`${prefix}.m`, bytes(''))) seen.push(text(chunk));
        };
        const error = await failure(soon(world, read()));
        expect(seen).toEqual(['1', '2']);
        expect(error).toMatchObject({ name: 'RemoteError', remoteName: 'TypeError', remoteMessage: 'no third' });
      });

      it('give up when the next chunk takes longer than the timeout', async () => {
        await peer.serveMany(`${prefix}.m`, async function* () {
          yield bytes('1');
          await new Promise<void>(() => undefined);
        });
        const error = failure(all(bus, `${prefix}.m`, '', { timeoutMs: 100 }));
        await world.pass(200);
        expect(await error).toBeInstanceOf(RequestTimeoutError);
      });

      it('say when nobody serves', async () => {
        const error = await failure(soon(world, all(bus, `${prefix}.nobody`, '')));
        expect(error).toBeInstanceOf(NoResponderError);
      });
    });

    describe('limits and closing', () => {
      it('carries the largest payload, and refuses one byte more', async () => {
        await peer.serve(`${prefix}.r`, ({ data }) => data);
        const largest = new Uint8Array(world.payloadBytesMax);
        expect(await soon(world, bus.request(`${prefix}.r`, largest))).toHaveLength(largest.length);
        const tooLarge = new Uint8Array(world.payloadBytesMax + 1);
        expect(() => bus.publish(`${prefix}.r`, tooLarge)).toThrow(PayloadTooLargeError);
        expect(await failure(bus.request(`${prefix}.r`, tooLarge))).toBeInstanceOf(PayloadTooLargeError);
      });

      it('tells the requester when the reply is too large', async () => {
        await peer.serve(`${prefix}.r`, () => new Uint8Array(world.payloadBytesMax + 1));
        const error = await failure(soon(world, bus.request(`${prefix}.r`, bytes(''))));
        expect(error).toMatchObject({ name: 'RemoteError', remoteName: 'PayloadTooLargeError' });
      });

      it('fails what is under way when closed, and may be closed twice', async () => {
        await peer.serve(`${prefix}.r`, () => new Promise<Uint8Array>(() => undefined), { queue: 'q' });
        const third = await world.connect();
        const error = failure(third.request(`${prefix}.r`, bytes('')));
        await third.close();
        await third.close();
        expect(await error).toBeInstanceOf(BusClosedError);
        expect(() => third.publish('x', bytes(''))).toThrow(BusClosedError);
        await expect(third.request('x', bytes(''))).rejects.toBeInstanceOf(BusClosedError);
        await expect(third.subscribe('x', () => undefined)).rejects.toBeInstanceOf(BusClosedError);
      });
    });

    describe('after a restart of the broker', () => {
      it('subscriptions and services are in force again', async () => {
        const seen: string[] = [];
        await peer.subscribe(`${prefix}.a`, (m) => void seen.push(text(m.data)));
        await peer.serve(`${prefix}.r`, () => bytes('back'));
        await world.stopBroker();
        await world.startBroker();
        await settle(world, peer);
        expect(text(await soon(world, bus.request(`${prefix}.r`, bytes(''))))).toBe('back');
        bus.publish(`${prefix}.a`, bytes('again'));
        await world.until(() => seen.includes('again'));
      });

      it('connections say so, until they are no longer asked to', async () => {
        let reconnects = 0;
        const forget = bus.onReconnect(() => {
          reconnects += 1;
        });
        await world.stopBroker();
        await world.startBroker();
        await world.until(() => reconnects === 1);
        forget();
        await world.stopBroker();
        await world.startBroker();
        await settle(world, bus);
        expect(reconnects).toBe(1);
      });

      it('a log goes on where it was, and its followers miss and repeat nothing', async () => {
        const log = await openLog(bus, prefix);
        const reader = follow(await openLog(peer, prefix), { after: 0 });
        await fill(log, prefix, 1, 5);
        await world.until(() => reader.positions.length === 5);
        await world.stopBroker();
        await world.startBroker();
        await settle(world, bus);
        await fill(log, prefix, 6, 10);
        await world.until(() => reader.positions.length === 10);
        expect(reader.positions).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
        await reader.stop();
      });
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

    const openLog = (on: Bus, name: string): Promise<Log> =>
      on.log(`${name}-log`, { subjects: [`${name}.log.>`], bytesMax: 64 * 1024 * 1024 });
  });
}

interface Reader {
  readonly entries: LogEntry[];
  readonly positions: number[];
  readonly error: Error | undefined;
  stop(): Promise<void>;
}

function follow(log: Log, options: { after: number; filter?: string; behindPatienceMs?: number }): Reader {
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

async function fill(log: Log, prefix: string, from: number, to: number): Promise<void> {
  for (let position = from; position <= to; position += 1) {
    await log.append({ subject: `${prefix}.log.a.x`, position, data: bytes(String(position)) }, position - 1);
  }
}

async function all(bus: Bus, subject: string, data: string, options?: RequestOptions): Promise<string[]> {
  const chunks: string[] = [];
  for await (const chunk of bus.requestMany(subject, bytes(data), options)) chunks.push(text(chunk));
  return chunks;
}

/** Waits for the outcome of `promise` while the world's time passes. */
async function soon<Value>(world: BusWorld, promise: Promise<Value>): Promise<Value> {
  let isDone = false;
  const done = (): void => {
    isDone = true;
  };
  promise.then(done, done);
  await world.until(() => isDone);
  return promise;
}

/** Lets everything arrive that is under way. */
async function settle(world: BusWorld, bus: Bus): Promise<void> {
  await bus.flush();
  await world.pass(20);
  await bus.flush();
}

async function failure(promise: Promise<unknown>): Promise<Error> {
  try {
    await promise;
  } catch (error) {
    if (error instanceof Error) return error;
  }
  throw new Error('it did not fail');
}

function bytes(value: string): Uint8Array {
  return new Uint8Array(Buffer.from(value));
}

function text(data: Uint8Array): string {
  return Buffer.from(data).toString();
}
