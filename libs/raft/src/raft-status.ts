import type { raftv1 } from '@orrery/proto';

export type Role = 'follower' | 'pre-candidate' | 'candidate' | 'leader';

/** What a member knows at the moment, for people and for who decides on changes of the cluster. */
export interface RaftStatus {
  readonly id: string;
  readonly role: Role;
  readonly term: number;
  /** Empty where none is known. */
  readonly leader: string;
  readonly commit: number;
  readonly applied: number;
  readonly lastIndex: number;
  readonly configuration: raftv1.Configuration;
  /**
   * The incarnation that a leader took this member for, if the last one that spoke to its name meant another: the cluster goes on with that one, or is about
   * to hear of this one. 0: none.
   */
  readonly takenFor: number;
  /** Whom the leadership is being handed over to; empty: to nobody. */
  readonly transferringTo: string;
  /** At the leader: all other members, by name. Elsewhere empty. */
  readonly followers: readonly FollowerStatus[];
}

export interface FollowerStatus {
  readonly member: string;
  readonly learner: boolean;
  readonly state: 'probe' | 'replicate' | 'snapshot';
  /** Known to be on its disk. */
  readonly match: number;
  /** Sent next. */
  readonly next: number;
  /** Was it heard of in the last one or two election timeouts? */
  readonly recentActive: boolean;
  /** The snapshot that it is being sent, and how far. */
  readonly pendingSnapshot: { readonly index: number; readonly offset: number; readonly bytes: number } | undefined;
}
