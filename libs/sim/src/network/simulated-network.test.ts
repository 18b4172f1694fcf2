import { beforeEach, describe, expect, it } from '@jest/globals';
import { NoResponderError, RequestTimeoutError, WrongPredecessorError } from '@orrery/bus';
import { MemoryLogger, SeededIds, SeededRandom, VirtualTime } from '@orrery/runtime';
import { Life } from '../machine/life.ts';
import { BROKER } from './broker-node.ts';
import { CALM } from './link-weather.ts';
import { SimulatedNetwork } from './simulated-network.ts';

const text = (data: Uint8Array): string => new TextDecoder().decode(data);
const bytes = (value: string): Uint8Array => new TextEncoder().encode(value);

let time: VirtualTime;
let network: SimulatedNetwork;

beforeEach(() => {
  time = new VirtualTime();
  network = new SimulatedNetwork({ time, random: new SeededRandom(3) });
});

function connect(node: string) {
  const life = new Life(time, time, new SeededRandom(node), new SeededIds(node), new MemoryLogger());
  return { life, bus: network.connect(node, life) };
}

/** Sends `count` messages from a to b; answers what arrives, in order. */
async function sendAll(count: number): Promise<string[]> {
  const [a, b] = [connect('a'), connect('b')];
  const got: string[] = [];
  await b.bus.subscribe('s', ({ data }) => void got.push(text(data)));
  for (let n = 0; n < count; n++) {
    a.bus.publish('s', bytes(String(n)));
    await time.advance(1);
  }
  await time.advance('1m');
  return got;
}

describe('SimulatedNetwork', () => {
  it('loses, repeats and reorders in a storm', async () => {
    network.weather = { ...CALM, jitterMs: 50, lossChance: 0.3, duplicateChance: 0.3 };
    const got = await sendAll(200);
    const distinct = new Set(got);
    expect(distinct.size).toBeGreaterThan(100);
    expect(distinct.size).toBeLessThan(180);
    expect(got.length).toBeGreaterThan(distinct.size + 20);
    expect([...got].sort((a, b) => Number(a) - Number(b))).not.toEqual(got);
  });

  it('cuts links one way, also for what is under way', async () => {
    const [a, b] = [connect('a'), connect('b')];
    await b.bus.serve('ask', () => bytes('answer'));
    network.cut('b', 'a');
    const request = a.bus.request('ask', bytes('?'), { timeoutMs: 500 });
    await Promise.all([expect(request).rejects.toBeInstanceOf(RequestTimeoutError), time.advance('1s')]);
    network.heal();
    const again = a.bus.request('ask', bytes('?'), { timeoutMs: 500 });
    await time.advance('1s');
    expect(text(await again)).toBe('answer');
  });

  it('says that nobody answers once the process is dead, and is silent while it is paused', async () => {
    const [a, b] = [connect('a'), connect('b')];
    await b.bus.serve('ask', () => bytes('answer'));
    b.life.pause();
    const paused = a.bus.request('ask', bytes('?'), { timeoutMs: 5_000 });
    await time.advance('1s');
    b.life.resume();
    await time.advance('1s');
    expect(text(await paused)).toBe('answer');
    b.life.end();
    const dead = a.bus.request('ask', bytes('?'), { timeoutMs: 500 });
    await Promise.all([expect(dead).rejects.toBeInstanceOf(NoResponderError), time.advance('1s')]);
  });

  it('appends to a log although the answer is lost, so that the next attempt finds out', async () => {
    const { bus } = connect('a');
    const log = await bus.log('log', { subjects: ['e.>'], bytesMax: 1_000 });
    network.cut(BROKER, 'a');
    const entry = { subject: 'e.x', position: 1, data: bytes('1') };
    const lost = log.append(entry, 0);
    await Promise.all([expect(lost).rejects.toBeInstanceOf(RequestTimeoutError), time.advance('10s')]);
    network.heal();
    const again = log.append(entry, 0);
    await Promise.all([expect(again).rejects.toBeInstanceOf(WrongPredecessorError), time.advance('1s')]);
  });

  it('does the same with the same seed', async () => {
    const lives: string[][] = [];
    for (let run = 0; run < 2; run++) {
      time = new VirtualTime();
      network = new SimulatedNetwork({ time, random: new SeededRandom(5) });
      network.weather = { ...CALM, jitterMs: 50, lossChance: 0.2, duplicateChance: 0.2 };
      lives.push(await sendAll(50));
    }
    expect(lives[0]).toEqual(lives[1]);
  });
});
