import { describe, expect, it } from '@jest/globals';
import { VirtualTime } from '@orrery/runtime';
import { describeBus } from '../bus.contract.ts';
import { LogExpiredError } from '../bus-errors.ts';
import { PAYLOAD_BYTES_MAX } from '../payload-limit.ts';
import { MemoryBroker } from './memory-broker.ts';

describeBus('MemoryBus', async () => {
  const time = new VirtualTime();
  const broker = new MemoryBroker({ timers: time });
  return {
    payloadBytesMax: PAYLOAD_BYTES_MAX,
    connect: async () => broker.connect(),
    stopBroker: async () => broker.stop(),
    startBroker: async () => broker.start(),
    syncLogs: async () => undefined,
    crashBroker: async (lostCount) => {
      broker.crash(lostCount);
      broker.start();
    },
    deleteLog: async (name) => broker.deleteLog(name),
    purgeLog: async (name) => broker.purgeLog(name),
    until: (condition) => time.runUntil(condition),
    pass: (ms) => time.advance(ms),
    destroy: async () => expect(time.pendingTimers).toBe(0),
  };
});

describe('MemoryBus', () => {
  it('delivers in the same order each time', async () => {
    const run = async (): Promise<string[]> => {
      const time = new VirtualTime();
      const broker = new MemoryBroker({ timers: time });
      const history: string[] = [];
      const buses = [broker.connect(), broker.connect(), broker.connect()];
      for (const [index, bus] of buses.entries()) {
        await bus.subscribe('x.*', async ({ subject }) => {
          history.push(`${index} ${subject}`);
          await time.sleep((index * 7) % 5);
          if (history.length < 60) bus.publish(`x.${history.length}`, new Uint8Array());
        });
      }
      for (const [index, bus] of buses.entries()) bus.publish(`x.start${index}`, new Uint8Array());
      await time.advance('1s');
      return history;
    };
    expect(await run()).toEqual(await run());
  });

  it('loses what is sent while the broker is away, and waits with the log', async () => {
    const time = new VirtualTime();
    const broker = new MemoryBroker({ timers: time });
    const bus = broker.connect();
    const log = await bus.log('l', { subjects: ['l.>'], bytesMax: 1_000 });
    const seen: string[] = [];
    await bus.subscribe('a', ({ subject }) => void seen.push(subject));
    broker.stop();
    bus.publish('a', new Uint8Array());
    const appending = log.append({ subject: 'l.x', position: 1, data: new Uint8Array() }, 0);
    await time.settle();
    broker.start();
    await appending;
    expect(seen).toEqual([]);
    expect(await log.lastPosition()).toBe(1);
  });
});

describe('a log whose broker has lost the newest entries', () => {
  const world = async () => {
    const time = new VirtualTime();
    const broker = new MemoryBroker({ timers: time });
    const log = await broker.connect().log('l', { subjects: ['l.>'], bytesMax: 1_000 });
    const append = (position: number, previous = position - 1): Promise<void> =>
      log.append({ subject: 'l.x', position, data: new Uint8Array([position]) }, previous);
    const follow = (after: number): { positions: number[]; error: unknown } => {
      const reader: { positions: number[]; error: unknown } = { positions: [], error: undefined };
      const read = async (): Promise<void> => {
        for await (const { position } of log.follow({ after, signal: new AbortController().signal })) {
          reader.positions.push(position);
        }
      };
      read().catch((error: unknown) => {
        reader.error = error;
      });
      return reader;
    };
    for (let position = 1; position <= 5; position += 1) await append(position);
    return { time, broker, log, append, follow };
  };

  it('takes them again, and its followers see each entry once', async () => {
    const { time, broker, log, append, follow } = await world();
    const before = follow(0);
    await time.settle();
    broker.crash(3);
    broker.start();
    expect(await log.lastPosition()).toBe(2);
    const after = follow(0);
    for (let position = 3; position <= 6; position += 1) await append(position);
    await time.settle();
    expect(before.positions).toEqual([1, 2, 3, 4, 5, 6]);
    expect(after.positions).toEqual([1, 2, 3, 4, 5, 6]);
  });

  it('expires for those who had read them where it begins anew behind them', async () => {
    const { time, broker, append, follow } = await world();
    const reader = follow(0);
    await time.settle();
    broker.crash(5);
    broker.start();
    await append(9, 0);
    await time.settle();
    expect(reader.positions).toEqual([1, 2, 3, 4, 5]);
    expect(reader.error).toBeInstanceOf(LogExpiredError);
  });
});
