import { TransferFailedError } from './raft-node-errors.ts';

/** How the leadership looks to this member. */
export interface SeenLeadership {
  /** Empty where none is known. */
  readonly leader: string;
  readonly isLeader: boolean;
  /** Whom this leader is handing over to; empty when it does not, or no more. */
  transferringTo(): string;
  /** Ticks of this member's life. */
  readonly tick: number;
}

/** Who waits for another member to lead. */
export class WaitingTransfers {
  /** Few: while one is under way the leader takes no proposals, and after an election timeout it is over. */
  readonly #waiting = new Set<{ readonly to: string; readonly deadline: number; done(error?: Error): void }>();

  get isEmpty(): boolean {
    return this.#waiting.size === 0;
  }

  /** Resolves when `to` leads. Throws `TransferFailedError`, at the latest at the tick `deadline`. */
  add(to: string, deadline: number): Promise<void> {
    return new Promise((resolve, reject) => {
      const waiting = {
        to,
        deadline,
        done: (error?: Error): void => {
          this.#waiting.delete(waiting);
          if (error === undefined) resolve();
          else reject(error);
        },
      };
      this.#waiting.add(waiting);
    });
  }

  notice({ leader, isLeader, transferringTo, tick }: SeenLeadership): void {
    for (const { to, deadline, done } of [...this.#waiting]) {
      // While nobody leads `to` may be asking for votes, or nobody ever will: a leader that lost its majority hears no more of it.
      const isOver = isLeader ? transferringTo() !== to : leader !== '' || tick >= deadline;
      if (leader === to) done();
      else if (isOver) done(new TransferFailedError(to));
    }
  }

  giveUp(): void {
    for (const { to, done } of [...this.#waiting]) done(new TransferFailedError(to));
  }
}
