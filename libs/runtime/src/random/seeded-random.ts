import type { Random } from './random.ts';

/** The same seed gives the same numbers, on every machine (sfc32). Not for keys or tokens. */
export class SeededRandom implements Random {
  private a: number;
  private b: number;
  private c: number;
  private counter = 1;

  /** A text seeds as well as a number, so that each service of a simulation can have its own: `42/scheduler-1`. */
  constructor(seed: number | string) {
    const hash = fnv1a(String(seed));
    this.a = hash;
    this.b = Math.imul(hash ^ 0x9e3779b9, 0x85ebca6b);
    this.c = Math.imul(hash ^ 0xc2b2ae35, 0x27d4eb2f);
    for (let round = 0; round < 15; round += 1) this.word();
  }

  next(): number {
    return ((this.word() >>> 5) * 2 ** 26 + (this.word() >>> 6)) / 2 ** 53;
  }

  integer(exclusiveMax: number): number {
    return Math.floor(this.next() * exclusiveMax);
  }

  private word(): number {
    const sum = (this.a + this.b + this.counter) | 0;
    this.counter = (this.counter + 1) | 0;
    this.a = this.b ^ (this.b >>> 9);
    this.b = (this.c + (this.c << 3)) | 0;
    this.c = (((this.c << 21) | (this.c >>> 11)) + sum) | 0;
    return sum >>> 0;
  }
}

function fnv1a(text: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < text.length; index += 1) {
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  }
  return hash | 0;
}
