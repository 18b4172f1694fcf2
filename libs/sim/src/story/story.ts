import { createHash } from 'node:crypto';
import type { Milliseconds } from '@orrery/runtime';

/** Lines kept for the one who reads about a failure. */
const LINES_MAX = 400;

/** What happened, as text: the last lines to read, all of them as one digest to compare runs by. */
export class Story {
  readonly #digest = createHash('sha256');
  readonly #lines: string[] = [];
  #count = 0;

  constructor(private readonly now: () => Milliseconds) {}

  tell(who: string, what: string): void {
    const line = `${(this.now() / 1000).toFixed(3).padStart(9)}s  ${who.padEnd(11)} ${what}`;
    this.#digest.update(line).update('\n');
    this.#count++;
    this.#lines.push(line);
    if (this.#lines.length > 2 * LINES_MAX) this.#lines.splice(0, LINES_MAX);
  }

  get count(): number {
    return this.#count;
  }

  /** The last lines, oldest first. */
  last(count = LINES_MAX): readonly string[] {
    return this.#lines.slice(-count);
  }

  /** Of all lines so far; two runs of one seed have the same. */
  digest(): string {
    return this.#digest.copy().digest('hex').slice(0, 16);
  }
}
