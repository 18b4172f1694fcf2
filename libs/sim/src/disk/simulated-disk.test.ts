import { beforeEach, describe, expect, it } from '@jest/globals';
import { type Disk, DiskFullError, MemoryLogger, SeededIds, SeededRandom, VirtualTime } from '@orrery/runtime';
import { Life } from '../machine/life.ts';
import { SimulatedDisk, SimulatedDiskError } from './simulated-disk.ts';

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

let time: VirtualTime;
let machine: SimulatedDisk;

beforeEach(() => {
  time = new VirtualTime();
  machine = new SimulatedDisk(time, new SeededRandom(7));
});

function process(): { disk: Disk; life: Life } {
  const life = new Life(time, time, new SeededRandom(1), new SeededIds(1), new MemoryLogger());
  return { disk: machine.mount(life), life };
}

/** Lets time pass until the work is done. */
async function done<T>(work: Promise<T>): Promise<T> {
  let settled = false;
  const mark = (): void => {
    settled = true;
  };
  work.then(mark, mark);
  await time.runUntil(() => settled);
  return work;
}

describe('SimulatedDisk', () => {
  it('keeps what was synced through a power cut, and any sectors of what was not', async () => {
    const safe = new Uint8Array(2_000).fill(1);
    const outcomes = new Set<string>();
    for (let round = 0; round < 40; round++) {
      const path = `f${round}`;
      const file = await done(process().disk.open(path));
      await done(file.append(safe));
      await done(file.sync());
      await done(file.append(new Uint8Array(2_000).fill(2)));
      machine.crash();
      const found = (await done(process().disk.readFile(path))) ?? new Uint8Array(0);
      expect(found.subarray(0, 2_000)).toEqual(safe);
      outcomes.add([2_100, 2_800, 3_200, 3_900].map((at) => found[at] ?? 'end').join());
    }
    expect(outcomes.size).toBeGreaterThan(5);
  });

  it('keeps a durable write once it has returned, and tears one that has not', async () => {
    const { disk, life } = process();
    const file = await done(disk.open('f'));
    await done(file.writeDurably(0, new Uint8Array(1_024).fill(1)));
    void file.writeDurably(512, new Uint8Array(4_096).fill(2));
    life.end();
    machine.crash();
    const found = (await done(process().disk.readFile('f'))) ?? new Uint8Array(0);
    expect([...found.subarray(0, 512)].every((byte) => byte === 1)).toBe(true);
    expect(found.length).toBeLessThanOrEqual(4_608);
  });

  it('never answers a process that is dead', async () => {
    const { disk, life } = process();
    const file = await done(disk.open('f'));
    let answered = false;
    void file.writeDurably(0, bytes('x')).then(() => {
      answered = true;
    });
    life.end();
    await time.advance('1m');
    expect(answered).toBe(false);
  });

  it('fails one sync and forgets part of what it was for, as a kernel does', async () => {
    const lost = new Set<boolean>();
    for (let round = 0; round < 20; round++) {
      const file = await done(process().disk.open(`f${round}`));
      machine.syncFailure = 'once';
      await expect(done(file.writeDurably(0, bytes('data')))).rejects.toBeInstanceOf(SimulatedDiskError);
      await done(file.sync());
      machine.crash();
      const found = await done(process().disk.readFile(`f${round}`));
      lost.add(new TextDecoder().decode(found) !== 'data');
    }
    expect(lost).toEqual(new Set([true, false]));
  });

  it('is full, and has space again', async () => {
    const file = await done(process().disk.open('f'));
    machine.limit(3);
    await expect(done(file.append(bytes('1234')))).rejects.toBeInstanceOf(DiskFullError);
    await done(file.append(bytes('123')));
    machine.limit(undefined);
    await done(file.append(bytes('4')));
    expect(await done(file.read(0, 9))).toEqual(bytes('1234'));
  });

  it('rots only where nobody can take it for an unfinished write', async () => {
    const file = await done(process().disk.open('f'));
    await done(file.writeDurably(0, new Uint8Array(100)));
    expect(machine.rot()).toBeUndefined();
    for (let at = 1; at < 4; at++) await done(file.writeDurably(at * 100, new Uint8Array(100)));
    expect(machine.rot()?.offset).toBeLessThan(200);
    const found = (await done(file.read(0, 400))).reduce((sum, byte) => sum + byte, 0);
    expect(found).toBeGreaterThan(0);
  });
});
