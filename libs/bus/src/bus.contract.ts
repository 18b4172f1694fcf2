import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { Bus } from './bus.ts';
import {
  BusClosedError,
  NoResponderError,
  PayloadTooLargeError,
  RemoteError,
  RequestTimeoutError,
} from './bus-errors.ts';
import { all, type BusWorld, bytes, failure, fill, follow, openLog, settle, soon, text } from './bus-world.contract.ts';
import { describeLog } from './log.contract.ts';

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

    describeLog(() => ({ world, bus, peer, prefix }));
  });
}
