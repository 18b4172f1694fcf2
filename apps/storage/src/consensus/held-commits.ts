import { raftv1 } from '@orrery/proto';
import type { Milliseconds, Timer, Timers } from '@orrery/runtime';

const { TYPE_APPEND } = raftv1.Message_Type;

export interface HeldCommitsParts {
  readonly timers: Timers;
  /** How long followers may learn later of a commit. */
  readonly holdMs: Milliseconds;
  send(message: raftv1.Message): void;
}

/**
 * Sends a leader's messages, but keeps one back that only says how far the log is committed: usually entries follow at once, which say so too. To
 * Raft that is a message that comes a little later, or is lost; at a client that writes one thing after the other it is half of all messages.
 */
export class HeldCommits {
  /** One a member at most. */
  readonly #held = new Map<string, raftv1.Message>();
  #timer: Timer | undefined;

  constructor(private readonly parts: HeldCommitsParts) {}

  send(message: raftv1.Message): void {
    const { type, to, entries } = message;
    if (type === TYPE_APPEND && entries.length === 0) {
      this.#hold(message);
      return;
    }
    // Entries say it too. Everything else may rely on it, as a read that was confirmed for a follower.
    if (type !== TYPE_APPEND) this.#release(to);
    this.#held.delete(to);
    this.parts.send(message);
  }

  stop(): void {
    this.#timer?.cancel();
    this.#held.clear();
  }

  #hold(message: raftv1.Message): void {
    const { timers, holdMs } = this.parts;
    this.#held.set(message.to, message);
    this.#timer ??= timers.after(holdMs, () => {
      this.#timer = undefined;
      for (const to of [...this.#held.keys()]) this.#release(to);
    });
  }

  #release(to: string): void {
    const message = this.#held.get(to);
    if (message === undefined) return;
    this.#held.delete(to);
    this.parts.send(message);
  }
}
