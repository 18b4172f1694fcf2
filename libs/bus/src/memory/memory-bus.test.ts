import { describe, expect, it } from '@jest/globals';
import { VirtualTime } from '@orrery/runtime';
import { describeBus } from '../bus.contract.ts';
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
