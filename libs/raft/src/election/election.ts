import { raftv1 } from '@orrery/proto';
import type { MemberState } from '../member-state.ts';
import { incarnationOf, NEWCOMER } from '../membership/incarnations.ts';
import { type ElectionOutcome, electionOutcome } from '../quorum/quorum.ts';

const Type = raftv1.Message_Type;

/**
 * One round of asking for votes, from the candidate's side (3.4). In a pre-vote nobody's term changes: it only finds out whether an election could be
 * won (9.6).
 */
export class Election {
  readonly #answers = new Map<string, boolean>();

  constructor(
    private readonly me: MemberState,
    readonly kind: 'pre-vote' | 'vote',
    /** The old leader wants this election (3.10). */
    private readonly leadershipTransfer: boolean,
  ) {
    this.#answers.set(me.id, true);
  }

  /** Asks after the own vote is on disk. */
  askForVotes(): void {
    const { log, term, configuration, id } = this.me;
    const { leadershipTransfer } = this;
    const request =
      this.kind === 'pre-vote'
        ? { type: Type.TYPE_PRE_VOTE, term: term + 1 }
        : { type: Type.TYPE_VOTE, term, leadershipTransfer };
    for (const to of configuration.voters) {
      if (to === id) continue;
      const toIncarnation = this.#incarnationOf(to);
      this.me.promise({ ...request, to, toIncarnation, logIndex: log.lastIndex, logTerm: log.lastTerm });
    }
  }

  /** A voter that the configuration does not know may help only the one other voter: that one knows everything that was ever decided. */
  #incarnationOf(voter: string): number {
    const { configuration, heardOf } = this.me;
    const known = incarnationOf(configuration, voter);
    if (known === NEWCOMER && configuration.voters.length === 2) return heardOf.get(voter) ?? 0;
    return known ?? 0;
  }

  /** The first answer counts. */
  onResponse({ type, term, from, reject }: raftv1.Message): void {
    const expected = this.kind === 'pre-vote' ? Type.TYPE_PRE_VOTE_RESPONSE : Type.TYPE_VOTE_RESPONSE;
    if (type !== expected || this.#answers.has(from)) return;
    // A grant of another pre-vote round, from before this member's term moved on, says nothing about this one.
    if (this.kind === 'pre-vote' && !reject && term !== this.me.term + 1) return;
    this.#answers.set(from, !reject);
  }

  get outcome(): ElectionOutcome {
    return electionOutcome(this.me.configuration.voters, this.#answers);
  }
}
