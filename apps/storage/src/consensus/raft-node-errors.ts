/** It is not known whether the change will be carried out. */
export class LostProposalError extends Error {
  override readonly name = 'LostProposalError';
  constructor(readonly reason: string) {
    super(`it is not known what became of the change: ${reason}`);
  }
}

/** No leader confirmed the read in time. */
export class ReadUnavailableError extends Error {
  override readonly name = 'ReadUnavailableError';
  constructor() {
    super('no leader confirmed the read in time');
  }
}

/** Too many reads wait for the leader already. */
export class TooManyReadsError extends Error {
  override readonly name = 'TooManyReadsError';
  constructor(readonly waitingMax: number) {
    super(`${waitingMax} reads wait for the leader already`);
  }
}

/** Somebody else leads than the one that was to, or nobody took over in time. */
export class TransferFailedError extends Error {
  override readonly name = 'TransferFailedError';
  constructor(readonly to: string) {
    super(`${to} did not take over the leadership`);
  }
}

/** Nobody can join, because there is no space for the snapshot that they need. */
export class NoSnapshotError extends Error {
  override readonly name = 'NoSnapshotError';
  constructor() {
    super('there is no space on the disk for the snapshot that a new member needs');
  }
}
