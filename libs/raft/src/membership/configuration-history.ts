import type { raftv1 } from '@orrery/proto';
import { invariant } from '@orrery/runtime';
import { decodeConfiguration, votersChanged } from './configuration.ts';

interface Step {
  readonly index: number;
  readonly configuration: raftv1.Configuration;
}

/**
 * The configurations that a log holds. The newest one is in force from the moment it stands in the log, committed or not, and gives way to the one
 * before when it is cut off again (4.1).
 *
 * Invariant: indexes ascend; neighbours differ in at most one voter.
 */
export class ConfigurationHistory {
  #steps: Step[];

  /** `base`: what is in force at `index`, before the first entry of the log. */
  constructor(index: number, base: raftv1.Configuration) {
    this.#steps = [{ index, configuration: base }];
  }

  get current(): raftv1.Configuration {
    return this.#newest.configuration;
  }

  /** Index of the entry that brought the configuration in force. */
  get currentIndex(): number {
    return this.#newest.index;
  }

  /** In force when the log ended at `index`. */
  at(index: number): raftv1.Configuration {
    const step = this.#steps.findLast((candidate) => candidate.index <= index);
    invariant(step !== undefined, `the configuration at ${index} is forgotten`);
    return step.configuration;
  }

  append(entry: raftv1.Entry): void {
    const configuration = decodeConfiguration(entry.data);
    const before = this.current;
    // A member that joins knows of nobody before it is told.
    const fits = before.voters.length === 0 || votersChanged(before, configuration) <= 1;
    invariant(
      fits,
      `raft entry ${entry.index} changes more than one voter: ${before.voters} to ${configuration.voters}`,
    );
    this.#steps.push({ index: entry.index, configuration });
  }

  truncateAfter(index: number): void {
    while (this.#steps.length > 1 && this.#newest.index > index) this.#steps.pop();
  }

  /** Nobody will ask about configurations before the one in force at `index`. */
  forgetBefore(index: number): void {
    const first = this.#steps.findLastIndex((step) => step.index <= index);
    if (first > 0) this.#steps = this.#steps.slice(first);
  }

  get #newest(): Step {
    return this.#steps.at(-1) as Step;
  }
}
