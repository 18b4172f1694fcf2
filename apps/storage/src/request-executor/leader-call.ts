import { type Bus, NoResponderError, RemoteError, RequestTimeoutError, type Subjects } from '@orrery/bus';
import { storagev1 } from '@orrery/proto';
import { type Clock, type Milliseconds, sleepOrStop, type Timers } from '@orrery/runtime';
import { unavailable } from '../state-machine/storage-result.ts';
import type { Consensus } from './consensus.ts';

export interface LeaderCallParts {
  readonly bus: Bus;
  readonly subjects: Subjects;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly node: Consensus;
  /** How long a request waits for a leader to be found. */
  readonly patienceMs: Milliseconds;
}

const LEADER_PAUSE_MS = 20;

/** Has the leader answer a request: here where this member leads, over the bus where another one does, again while leaders change. */
export class LeaderCall {
  constructor(
    private readonly parts: LeaderCallParts,
    private readonly stopping: AbortSignal,
  ) {}

  /**
   * `here`: answers it where this member leads. A request that may have been carried out is asked again only where `repeatable`: it has an id, or
   * changes nothing. One that certainly was not, because nobody was there to take it or who took it does not lead, is always.
   */
  async answer(
    encoded: () => Uint8Array,
    here: () => Promise<storagev1.Response>,
    repeatable: boolean,
  ): Promise<storagev1.Response> {
    const { node, clock, timers, patienceMs } = this.parts;
    const giveUpAt = clock.monotonic() + patienceMs;
    for (;;) {
      const outcome = node.isLeader ? await here() : await this.#ask(encoded, giveUpAt);
      if (typeof outcome === 'object' && !isUnavailable(outcome) && !isNotLeader(outcome)) return outcome;
      const certainlyNot = outcome === 'not-taken' || (typeof outcome === 'object' && isNotLeader(outcome));
      const again = (repeatable || certainlyNot) && !this.stopping.aborted && node.failure === undefined;
      if (!again || clock.monotonic() >= giveUpAt) {
        // Whoever asked has to do with the cluster, not with who leads it: it is a passing trouble.
        if (typeof outcome === 'object' && !isNotLeader(outcome)) return outcome;
        return { header: undefined, result: unavailable(node.leader === '' ? NO_LEADER : TIMED_OUT) };
      }
      await sleepOrStop(timers, LEADER_PAUSE_MS, this.stopping);
    }
  }

  async #ask(encoded: () => Uint8Array, giveUpAt: Milliseconds): Promise<storagev1.Response | 'not-taken' | 'unknown'> {
    const { bus, subjects, node, clock } = this.parts;
    if (node.leader === '') return 'not-taken';
    const timeoutMs = Math.max(1, giveUpAt - clock.monotonic());
    try {
      const answer = await bus.request(subjects.kvMember(node.leader), encoded(), { timeoutMs, signal: this.stopping });
      return storagev1.Response.decode(answer);
    } catch (error) {
      if (error instanceof NoResponderError) return 'not-taken';
      const passing = error instanceof RequestTimeoutError || error instanceof RemoteError || this.stopping.aborted;
      if (!passing) throw error;
      return 'unknown';
    }
  }
}

const NO_LEADER = 'etcdserver: no leader';
const TIMED_OUT = 'etcdserver: request timed out';

/** A passing trouble: it is not known what became of the request. */
export function isUnavailable({ result }: storagev1.Response): boolean {
  return result?.$case === 'error' && result.value.code === storagev1.Error_Code.CODE_UNAVAILABLE;
}

function isNotLeader({ result }: storagev1.Response): boolean {
  return result?.$case === 'error' && result.value.code === storagev1.Error_Code.CODE_NOT_LEADER;
}
