import type { ConfigurationChange } from './membership/configuration.ts';

/** Only the leader takes proposals. Nothing was appended. */
export class NotLeaderError extends Error {
  override readonly name = 'NotLeaderError';
  constructor(
    readonly member: string,
    /** Empty where none is known. */
    readonly leader: string,
  ) {
    super(leader === '' ? `${member} knows no leader` : `${member} is not the leader, ${leader} is`);
  }
}

/** The leader is handing over to `to` and takes nothing new meanwhile (3.10). Nothing was appended. */
export class TransferringError extends Error {
  override readonly name = 'TransferringError';
  constructor(readonly to: string) {
    super(`the leadership is being handed over to ${to}`);
  }
}

export class ProposalTooLargeError extends Error {
  override readonly name = 'ProposalTooLargeError';
  constructor(
    readonly bytes: number,
    readonly bytesMax: number,
  ) {
    super(`a proposal of ${bytes} bytes is larger than ${bytesMax}`);
  }
}

/** Too much waits for a majority already. Nothing was appended; later it may be. */
export class TooMuchUncommittedError extends Error {
  override readonly name = 'TooMuchUncommittedError';
  constructor(
    readonly uncommittedBytes: number,
    readonly bytesMax: number,
  ) {
    super(`${uncommittedBytes} bytes are not committed yet, the limit is ${bytesMax}`);
  }
}

/** One change of the configuration at a time (4.1); `index` is the one that is not committed yet. */
export class ConfigurationPendingError extends Error {
  override readonly name = 'ConfigurationPendingError';
  constructor(readonly index: number) {
    super(`the change of the configuration at ${index} is not committed yet`);
  }
}

/** The leader has committed nothing of its own term yet, so it does not know which configuration is committed. Soon it will. */
export class LeaderNotReadyError extends Error {
  override readonly name = 'LeaderNotReadyError';
  constructor(readonly term: number) {
    super(`the leader has committed nothing in term ${term} yet`);
  }
}

export type ConfigurationFault =
  | 'already-a-member'
  | 'not-a-member'
  | 'not-a-learner'
  | 'last-voter'
  | 'not-enough-started-voters'
  | 'too-many-learners';

/** The change makes no sense for the configuration in force. */
export class ConfigurationChangeError extends Error {
  override readonly name = 'ConfigurationChangeError';
  constructor(
    readonly change: ConfigurationChange,
    readonly fault: ConfigurationFault,
  ) {
    super(`${change.kind} ${change.member}: ${fault.replaceAll('-', ' ')}`);
  }
}

/** A learner that is behind would stop the commits when it counts (4.2.1). */
export class LearnerNotInSyncError extends Error {
  override readonly name = 'LearnerNotInSyncError';
  constructor(readonly learner: string) {
    super(`learner ${learner} has not caught up with the leader`);
  }
}

/** Only a voter of the configuration in force can be given the leadership. */
export class TransfereeError extends Error {
  override readonly name = 'TransfereeError';
  constructor(readonly member: string) {
    super(`${member} is no voter and cannot lead`);
  }
}
