import { CompactedError, type KvStore } from '@orrery/kv';
import { storagev1 } from '@orrery/proto';
import type { Logger, Milliseconds, Timer, Timers } from '@orrery/runtime';
import { gradualHash } from './gradual-hash.ts';
import { corruptMembers, type MemberHash } from './verdict.ts';

export interface ConsistencyCheckParts {
  readonly member: string;
  /** All that hold the state: voters and learners. */
  readonly members: () => readonly string[];
  readonly store: KvStore;
  readonly timers: Timers;
  readonly logger: Logger;
  /** Does this member lead, with everything applied that was committed before its term? */
  readonly leads: () => boolean;
  /** Asks a member for its hash at a revision; `undefined` where no answer comes. */
  readonly ask: (member: string, revision: number) => Promise<storagev1.Response['result']>;
  /** Replicates the alarm. */
  readonly raise: (alarm: storagev1.Alarm) => Promise<unknown>;
  /** Default: an hour. */
  readonly intervalMs?: Milliseconds;
}

const CONSISTENCY_CHECK_INTERVAL_MS = 60 * 60 * 1000;
/** After a start there is something to find, and after a minute the members have caught up. */
const FIRST_CHECK_MS = 60 * 1000;
/** A member that has not got to the revision yet is asked again, so often and after this pause. */
const ATTEMPTS = 3;
const PAUSE_MS = 2_000;

/**
 * Has the leader compare, from time to time, what the members hold: the hash of the history at one revision, which must be the same everywhere. Raft promises
 * it; a bug or bad memory could break the promise, and then nothing may be written on top (etcd: `corrupt.go`).
 */
export class ConsistencyCheck {
  #timers: Timer[] = [];
  #isUnderWay = false;
  #isStopped = false;

  constructor(private readonly parts: ConsistencyCheckParts) {}

  start(): void {
    const { timers, intervalMs = CONSISTENCY_CHECK_INTERVAL_MS } = this.parts;
    const check = (): void => void this.check();
    this.#timers = [timers.after(Math.min(FIRST_CHECK_MS, intervalMs), check), timers.every(intervalMs, check)];
  }

  stop(): void {
    this.#isStopped = true;
    for (const timer of this.#timers.splice(0)) timer.cancel();
  }

  /** One check, if this member leads. Returns the members for which it raised the alarm. */
  async check(): Promise<readonly string[]> {
    if (this.#isUnderWay || this.#isStopped || !this.parts.leads()) return [];
    this.#isUnderWay = true;
    try {
      return await this.#compare();
    } finally {
      this.#isUnderWay = false;
    }
  }

  async #compare(): Promise<readonly string[]> {
    const { member, members, store, logger, leads, raise } = this.parts;
    const revision = store.revision;
    const own = await this.#ownHash(revision);
    if (own === undefined) return [];
    const others = members().filter((name) => name !== member);
    const answers = await Promise.all(others.map((name) => this.#hashOf(name, revision)));
    const hashes = [own, ...answers.filter((answer) => answer !== undefined)];
    const corrupt = corruptMembers(member, hashes);
    // Who was deposed meanwhile may hold what nobody has committed.
    if (this.#isStopped || !leads()) return [];
    for (const name of corrupt) {
      logger.error('a storage member holds another state than the others', { member: name, revision, hashes });
      await raise({ member: name, type: storagev1.AlarmType.ALARM_TYPE_CORRUPT });
    }
    return corrupt;
  }

  async #ownHash(revision: number): Promise<MemberHash | undefined> {
    const { member, store, timers } = this.parts;
    try {
      return { member, answer: await gradualHash(store, revision, timers) };
    } catch (error) {
      if (error instanceof CompactedError) return undefined;
      throw error;
    }
  }

  /** `undefined` where a member does not answer, or has compacted the revision away. */
  async #hashOf(member: string, revision: number): Promise<MemberHash | undefined> {
    for (let attempt = 1; !this.#isStopped; attempt++) {
      const result = await this.parts.ask(member, revision);
      if (result?.$case === 'hash') return { member, answer: result.value };
      if (attempt === ATTEMPTS || !isBehind(result)) return undefined;
      await new Promise<void>((resolve) => this.parts.timers.after(PAUSE_MS, resolve));
    }
    return undefined;
  }
}

function isBehind(result: storagev1.Response['result']): boolean {
  return result?.$case === 'error' && result.value.code === storagev1.Error_Code.CODE_FUTURE_REVISION;
}
