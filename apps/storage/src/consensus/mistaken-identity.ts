import type { Logger } from '@orrery/runtime';

/** What an operator is told whose member the cluster means another data folder by. */
export const TAKEN_FOR_ANOTHER =
  'the cluster knows this member with another data folder: bring that one back, or, if it is lost, remove the member, empty its folder, add it as a ' +
  'learner and start it with join';

/**
 * Notices when a leader goes on speaking to another life of this member: the folder was emptied, and what its old life promised is forgotten, or the
 * member was replaced elsewhere. A message that is only late, after the member was added again, is soon followed by others.
 */
export class MistakenIdentity {
  #ticks = 0;

  constructor(
    private readonly patienceTicks: number,
    private readonly logger: Logger,
  ) {}

  /** `takenFor`: the incarnation that the last leader meant; 0: this one. */
  tick(takenFor: number): void {
    this.#ticks = takenFor === 0 ? 0 : this.#ticks + 1;
    if (this.#ticks === this.patienceTicks) this.logger.error(TAKEN_FOR_ANOTHER, { incarnation: takenFor });
  }
}
