import { invariant } from '../invariant.ts';
import type { Random } from '../random/random.ts';
import { type DiskFile, DiskFullError } from './disk.ts';

/** Takes the space for a write, or throws: also where the device is broken. */
type Claim = (length: number) => void;

/** What a device writes as a whole or not at all. */
const SECTOR = 512;

/** The bytes of one file of a `MemoryDisk`, and what a power cut would leave of them. */
export class MemoryFile {
  /** May be shorter than the file: the rest is zeros. */
  private buffer = new Uint8Array(0);
  private length = 0;
  private durableLength = 0;
  /** What the device holds of the sectors that were changed since they were last synced, by number. */
  private readonly stale = new Map<number, Uint8Array>();
  /** Grows with each crash; handles of an earlier life are dead. */
  private life = 0;

  static durable(data: Uint8Array): MemoryFile {
    const file = new MemoryFile();
    file.write(0, data);
    file.sync();
    return file;
  }

  get size(): number {
    return this.length;
  }

  contents(): Uint8Array {
    return this.read(0, this.length);
  }

  crash(torn: Random | undefined): void {
    this.life += 1;
    const [shorter, longer] = [Math.min(this.length, this.durableLength), Math.max(this.length, this.durableLength)];
    this.length = torn === undefined ? this.durableLength : shorter + torn.integer(longer - shorter + 1);
    for (const [sector, old] of this.stale) this.put(sector * SECTOR, this.leftOf(sector, old, torn));
    this.zeroFrom(this.length);
    this.sync();
  }

  damage(offset: number, bits: number): void {
    invariant(offset < this.length, `the file has no byte ${offset}`);
    this.reserve(offset + 1);
    this.buffer[offset] = (this.buffer[offset] ?? 0) ^ bits;
  }

  open(claim: Claim): DiskFile {
    const { life } = this;
    let closed = false;
    const mustBeOpen = (): void => {
      invariant(!closed, 'the file is closed');
      if (life !== this.life) throw new Error('the file was open when the disk crashed');
    };
    const claimTo = (end: number): void => claim(Math.max(0, end - this.length));
    const file = this;
    return {
      get size() {
        return file.length;
      },
      append: async (data) => {
        mustBeOpen();
        claim(data.length);
        this.write(this.length, data);
      },
      writeDurably: async (offset, data) => {
        mustBeOpen();
        try {
          claimTo(offset + data.length);
        } catch (error) {
          if (error instanceof DiskFullError) this.cut(offset);
          throw error;
        }
        this.write(offset, data);
        await Promise.resolve();
        mustBeOpen();
        this.syncRange(offset, data.length);
      },
      allocate: async (size) => {
        mustBeOpen();
        claimTo(size);
        this.length = Math.max(this.length, size);
        this.durableLength = this.length;
      },
      read: async (offset, length) => {
        mustBeOpen();
        return this.read(offset, length);
      },
      truncate: async (size) => {
        mustBeOpen();
        this.truncate(size);
      },
      sync: async () => {
        mustBeOpen();
        claim(0);
        await Promise.resolve();
        mustBeOpen();
        this.sync();
      },
      close: async () => {
        closed = true;
      },
    };
  }

  private read(offset: number, length: number): Uint8Array {
    const wanted = Math.max(0, Math.min(length, this.length - offset));
    const data = new Uint8Array(wanted);
    data.set(this.buffer.subarray(offset, offset + wanted));
    return data;
  }

  private write(offset: number, data: Uint8Array): void {
    this.keepOld(offset, offset + data.length);
    this.put(offset, data);
    this.length = Math.max(this.length, offset + data.length);
  }

  private truncate(size: number): void {
    if (size >= this.length) return;
    this.keepOld(size, Math.min(this.length, this.buffer.length));
    this.length = size;
    this.zeroFrom(size);
  }

  private cut(size: number): void {
    this.truncate(size);
    this.sync();
  }

  private sync(): void {
    this.stale.clear();
    this.durableLength = this.length;
  }

  private syncRange(offset: number, length: number): void {
    for (const sector of sectors(offset, offset + length)) this.stale.delete(sector);
    this.durableLength = Math.max(this.durableLength, offset + length);
  }

  /** Remembers what the device holds of a range that is about to change. Nothing was ever there behind the buffer's end. */
  private keepOld(from: number, to: number): void {
    for (const sector of sectors(from, to)) {
      if (this.stale.has(sector)) continue;
      const old = new Uint8Array(SECTOR);
      old.set(this.buffer.subarray(sector * SECTOR, (sector + 1) * SECTOR));
      this.stale.set(sector, old);
    }
  }

  /** What is found of a sector after the power cut. */
  private leftOf(sector: number, old: Uint8Array, torn: Random | undefined): Uint8Array {
    const fate = torn?.integer(5) ?? 0;
    if (torn === undefined || fate < 2) return old;
    const left = this.buffer.slice(sector * SECTOR, (sector + 1) * SECTOR);
    if (fate === 2) {
      const half = torn.integer(left.length + 1);
      left.set(old.subarray(half, left.length), half);
    }
    return left;
  }

  private put(offset: number, data: Uint8Array): void {
    this.reserve(offset + data.length);
    this.buffer.set(data, offset);
  }

  private zeroFrom(offset: number): void {
    this.buffer.fill(0, Math.min(offset, this.buffer.length));
  }

  private reserve(length: number): void {
    if (length <= this.buffer.length) return;
    const grown = new Uint8Array(Math.max(length, 2 * this.buffer.length, SECTOR));
    grown.set(this.buffer);
    this.buffer = grown;
  }
}

function* sectors(from: number, to: number): Generator<number> {
  for (let sector = Math.floor(from / SECTOR); sector * SECTOR < to; sector += 1) yield sector;
}
