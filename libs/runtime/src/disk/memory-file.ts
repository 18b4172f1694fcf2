import { invariant } from '../invariant.ts';
import type { Random } from '../random/random.ts';
import type { DiskFile } from './disk.ts';

/** Takes the space for a write, or throws. */
type Claim = (length: number) => void;

/** The bytes of one file of a `MemoryDisk`, and how many of them would survive a power cut. */
export class MemoryFile {
  private buffer = new Uint8Array(0);
  private length = 0;
  private durableLength = 0;
  /** Grows with each crash; handles of an earlier life are dead. */
  private life = 0;

  static durable(data: Uint8Array): MemoryFile {
    const file = new MemoryFile();
    file.append(data);
    file.durableLength = data.length;
    return file;
  }

  contents(): Uint8Array {
    return this.buffer.slice(0, this.length);
  }

  crash(tornTail: Random | undefined): void {
    this.life += 1;
    const kept = tornTail === undefined ? 0 : tornTail.integer(this.length - this.durableLength + 1);
    this.length = this.durableLength + kept;
    const last = this.length - 1;
    if (kept > 0) this.buffer[last] = (this.buffer[last] ?? 0) ^ 0xff;
    this.durableLength = this.length;
  }

  open(claim: Claim): DiskFile {
    const { life } = this;
    let closed = false;
    const mustBeOpen = (): void => {
      invariant(!closed, 'the file is closed');
      if (life !== this.life) throw new Error('the file was open when the disk crashed');
    };
    const file = this;
    return {
      get size() {
        return file.length;
      },
      append: async (data) => {
        mustBeOpen();
        claim(data.length);
        this.append(data);
      },
      read: async (offset, length) => {
        mustBeOpen();
        return this.buffer.slice(offset, Math.min(offset + length, this.length));
      },
      truncate: async (size) => {
        mustBeOpen();
        this.length = Math.min(this.length, size);
        this.durableLength = Math.min(this.durableLength, size);
      },
      sync: async () => {
        mustBeOpen();
        this.durableLength = this.length;
      },
      close: async () => {
        closed = true;
      },
    };
  }

  private append(data: Uint8Array): void {
    const length = this.length + data.length;
    if (length > this.buffer.length) {
      const grown = new Uint8Array(Math.max(length, 2 * this.buffer.length, 256));
      grown.set(this.buffer.subarray(0, this.length));
      this.buffer = grown;
    }
    this.buffer.set(data, this.length);
    this.length = length;
  }
}
