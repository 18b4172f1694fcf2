import { raftv1 } from '@orrery/proto';
import type { MemberState } from '../member-state.ts';
import { candidateName } from '../membership/incarnations.ts';

const Type = raftv1.Message_Type;

/**
 * A member that hears its leader votes for nobody and takes over no term from a vote request: a member that was cut off or removed must not disturb
 * (4.2.3). It does when the leader itself wants the election (3.10).
 */
export function standsByLeader(me: MemberState, { type, leadershipTransfer }: raftv1.Message): boolean {
  const asksForVote = type === Type.TYPE_VOTE || type === Type.TYPE_PRE_VOTE;
  return asksForVote && !leadershipTransfer && me.hearsLeader;
}

/** Answers a request of this member's term or, for a pre-vote, of a later one (3.4, 3.6.1, 9.6). Learners answer too: they may count already for who asks (4.1). */
export function answerVoteRequest(me: MemberState, message: raftv1.Message): void {
  const { type, from, fromIncarnation, term, logIndex, logTerm } = message;
  const candidate = candidateName(from, fromIncarnation);
  const isPreVote = type === Type.TYPE_PRE_VOTE;
  const isUpToDate = me.log.isUpToDate({ index: logIndex, term: logTerm });
  const grant = isUpToDate && (isPreVote ? wouldBeFree(me, candidate, term) : isFree(me, candidate));
  if (grant && !isPreVote) {
    me.electionElapsed = 0;
    me.voteFor(candidate);
  }
  me.promise({
    type: isPreVote ? Type.TYPE_PRE_VOTE_RESPONSE : Type.TYPE_VOTE_RESPONSE,
    to: from,
    toIncarnation: fromIncarnation,
    term: grant ? term : me.term,
    reject: !grant,
  });
}

/** One vote a term (3.4), and none in a term that has a leader. */
function isFree(me: MemberState, candidate: string): boolean {
  return me.vote === candidate || (me.vote === '' && me.leader === '');
}

/** In a later term every vote is free. */
function wouldBeFree(me: MemberState, candidate: string, term: number): boolean {
  return term > me.term || isFree(me, candidate);
}
