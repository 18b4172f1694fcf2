/** What an operator does about a member whose disk has lost what it had acknowledged. */
const REBUILD_ADVICE =
  'this member must be rebuilt from the others: remove it from the cluster (etcdctl member remove), delete its data folder, ' +
  'add it again as a learner (etcdctl member add --learner) and start it with "join"; a cluster of one is restored from a backup';

/** What was safe on disk cannot be read any more. Nothing was changed. */
export class WalCorruptedError extends Error {
  override readonly name = 'WalCorruptedError';
  constructor(
    readonly segment: string,
    /** Of the first byte that cannot be trusted. */
    readonly offset: number,
    readonly reason: string,
  ) {
    super(`the write-ahead log is damaged: ${segment} at byte ${offset}: ${reason}; ${REBUILD_ADVICE}`);
  }
}

/** The log begins behind what the newest readable snapshot holds. Nothing was changed. */
export class WalGapError extends Error {
  override readonly name = 'WalGapError';
  constructor(
    /** 0: there is no readable snapshot. */
    readonly snapshotIndex: number,
    readonly logStartsAfter: number,
  ) {
    super(
      `the write-ahead log begins after entry ${logStartsAfter}, but the newest readable snapshot ends at ${snapshotIndex}; ` +
        REBUILD_ADVICE,
    );
  }
}
