import { type Ids, SUFFIX_ALPHABET } from './ids.ts';
import { SeededRandom } from './seeded-random.ts';

/** The same seed gives the same identifiers. For tests and the simulator only: anybody can guess them. */
export class SeededIds implements Ids {
  private readonly random: SeededRandom;

  constructor(seed: number | string) {
    this.random = new SeededRandom(`ids/${seed}`);
  }

  uuid(): string {
    const bytes = this.bytes(16);
    bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x40;
    bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
    const hex = Buffer.from(bytes).toString('hex');
    return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
  }

  suffix(length: number): string {
    return Array.from({ length }, () => SUFFIX_ALPHABET.charAt(this.random.integer(SUFFIX_ALPHABET.length))).join('');
  }

  bytes(length: number): Uint8Array {
    return Uint8Array.from({ length }, () => this.random.integer(256));
  }
}
