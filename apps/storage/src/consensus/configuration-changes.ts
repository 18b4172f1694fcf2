import { type ConfigurationChange, NotLeaderError, type Raft } from '@orrery/raft';
import type { Logger } from '@orrery/runtime';
import { NoSnapshotError } from './raft-node-errors.ts';
import type { SnapshotKeeper } from './snapshot-keeper.ts';
import { mustLeaveActiveMajority } from './strict-reconfiguration.ts';

export interface ConfigurationChangesParts {
  readonly raft: Raft;
  readonly snapshots: SnapshotKeeper;
  readonly logger: Logger;
  /** Resolves when the entry at `index` is committed. Throws `LostProposalError`. */
  committed(index: number): Promise<void>;
  /** The disk cannot be trusted any more. */
  onFailure(error: unknown): void;
}

/** Changes the members of the cluster, as the leader. */
export class ConfigurationChanges {
  #underWay = 0;
  #stopped = false;

  constructor(private readonly parts: ConfigurationChangesParts) {}

  /** Somebody may be about to join: the log in memory must reach back to a snapshot. */
  get areUnderWay(): boolean {
    return this.#underWay > 0;
  }

  stop(): void {
    this.#stopped = true;
  }

  /** Resolves when the change is committed. Throws what the Raft core refuses it with, `UnhealthyClusterError`, `LostProposalError` and `NoSnapshotError`. */
  async propose(change: ConfigurationChange): Promise<void> {
    const { raft, logger, committed } = this.parts;
    this.#underWay++;
    try {
      if (raft.isAlone) await this.#coverAll();
      if (this.#stopped) throw new NotLeaderError(raft.id, '');
      if (raft.leadsWithCommit) mustLeaveActiveMajority(raft.status(), change);
      await committed(raft.proposeConfiguration(change));
      logger.info('changed the members of the storage cluster', { change });
    } finally {
      this.#underWay--;
    }
  }

  /** A member alone keeps no log for others: a new one begins with a snapshot. */
  async #coverAll(): Promise<void> {
    try {
      await this.parts.snapshots.coverAll();
    } catch (error) {
      if (!(error instanceof NoSnapshotError) && !this.#stopped) this.parts.onFailure(error);
      throw error;
    }
  }

  /** Makes one learner a voter that has caught up (4.2.1). */
  promoteWhoCaughtUp(): void {
    const { raft, logger } = this.parts;
    const member = raft.configuration.learners.find((learner) => raft.isInSync(learner));
    if (member === undefined || this.areUnderWay) return;
    this.propose({ kind: 'promote', member }).catch((error: unknown) => {
      logger.debug('a learner was not promoted', { error, member });
    });
  }
}
