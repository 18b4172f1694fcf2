/** A bug that somebody could make: one place of the source, changed. */
export interface Mutation {
  readonly name: string;
  /** The rule that it breaks. */
  readonly breaks: string;
  /** From the repository's root. */
  readonly file: string;
  /** Stands in the file exactly once. */
  readonly find: string;
  readonly replace: string;
}

export const MUTATIONS: readonly Mutation[] = [
  // Elections.
  {
    name: 'vote-twice',
    breaks: 'one vote in a term (3.4)',
    file: 'libs/raft/src/election/voting.ts',
    find: "return me.vote === candidate || (me.vote === '' && me.leader === '');",
    replace: "return me.vote === candidate || me.leader === '';",
  },
  {
    name: 'vote-not-persisted',
    breaks: 'a vote outlives a restart (3.8)',
    file: 'libs/raft/src/raft.ts',
    find: 'vote: me.vote, commit: me.log.committed }',
    replace: "vote: '', commit: me.log.committed }",
  },
  {
    name: 'term-not-persisted',
    breaks: 'the term outlives a restart (3.8)',
    file: 'libs/raft/src/raft.ts',
    find: '{ term: me.term, vote: me.vote,',
    replace: '{ term: me.log.lastTerm, vote: me.vote,',
  },
  {
    name: 'vote-before-disk',
    breaks: 'a vote is on disk before it is given (3.8)',
    file: 'libs/raft/src/election/voting.ts',
    find: '  me.promise({',
    replace: '  me.send({',
  },
  {
    name: 'vote-for-shorter-log',
    breaks: 'who lacks committed entries gets no vote (3.6.1)',
    file: 'libs/raft/src/log/raft-log.ts',
    find: '(last.term === this.lastTerm && last.index >= this.lastIndex)',
    replace: 'last.term === this.lastTerm',
  },
  {
    name: 'vote-for-older-log',
    breaks: 'who lacks committed entries gets no vote (3.6.1)',
    file: 'libs/raft/src/log/raft-log.ts',
    find: 'return last.term > this.lastTerm || (last.term === this.lastTerm && last.index >= this.lastIndex);',
    replace: 'return last.index >= this.lastIndex;',
  },
  {
    name: 'quorum-off-by-one',
    breaks: 'two majorities share a member',
    file: 'libs/raft/src/quorum/quorum.ts',
    find: 'return Math.floor(voterCount / 2) + 1;',
    replace: 'return Math.max(1, Math.floor(voterCount / 2));',
  },
  // Replication.
  {
    name: 'acknowledge-before-fsync',
    breaks: 'an acknowledged entry is on disk (3.8)',
    file: 'libs/raft/src/replication/following.ts',
    find: '    this.me.promise({ ...answer, logIndex: last });',
    replace: '    this.me.send({ ...answer, logIndex: last });',
  },
  {
    name: 'leader-counts-before-fsync',
    breaks: 'the leader counts itself when its disk has the entry (10.2.1)',
    file: 'libs/raft/src/replication/leadership.ts',
    find: 'voter === id ? log.stable :',
    replace: 'voter === id ? log.lastIndex :',
  },
  {
    name: 'write-without-fsync',
    breaks: 'a write that returned survives a power cut',
    file: 'apps/storage/src/wal/write-ahead-log.ts',
    find: 'await this.file.writeDurably(this.end.offset, bytes);',
    replace: 'void this.file.writeDurably(this.end.offset, bytes).catch(() => {});',
  },
  {
    name: 'commit-old-term-by-counting',
    breaks: 'only entries of the own term are committed by counting (3.6.2)',
    file: 'libs/raft/src/replication/leadership.ts',
    find: 'if (index <= log.committed || log.term(index) !== term) return;',
    replace: 'if (index <= log.committed) return;',
  },
  {
    name: 'conflicting-suffix-kept',
    breaks: 'what contradicts the leader is cut off (3.5)',
    file: 'libs/raft/src/log/raft-log.ts',
    find: 'entry.index > this.#offset && this.term(entry.index) !== entry.term);',
    replace: 'entry.index > this.#offset && this.term(entry.index) === undefined);',
  },
  {
    name: 'append-without-matching',
    breaks: 'an append is taken only where the entry before it matches (3.5)',
    file: 'libs/raft/src/log/raft-log.ts',
    find: 'if (previous.index >= this.#offset && this.term(previous.index) !== previous.term) return undefined;',
    replace: 'if (previous.index > this.lastIndex) return undefined;',
  },
  {
    name: 'heartbeat-commits-unmatched',
    breaks: 'a follower commits what it has from this leader (3.5)',
    file: 'libs/raft/src/replication/replicator.ts',
    find: 'commit: Math.min(match, this.me.log.committed), context',
    replace: 'commit: this.me.log.committed, context',
  },
  {
    name: 'apply-before-commit',
    breaks: 'only committed entries are carried out (3.5)',
    file: 'libs/raft/src/log/raft-log.ts',
    find: 'Math.min(from + countMax, this.#committed - this.#offset)',
    replace: 'Math.min(from + countMax, this.lastIndex - this.#offset)',
  },
  // Reads.
  {
    name: 'read-without-quorum',
    breaks: 'a leader confirms that it leads before a read (6.4)',
    file: 'libs/raft/src/reads/read-queue.ts',
    find: 'const open = this.#pending.findIndex((read) => read.round > confirmed);',
    replace: 'const open = confirmed < 0 ? 0 : -1;',
  },
  {
    name: 'read-before-own-commit',
    breaks: 'a new leader does not know what is committed before its own first entry is (6.4)',
    file: 'libs/raft/src/reads/read-index.ts',
    find: 'if (!knowsCommit) {',
    replace: 'if (!knowsCommit && this.me.term < 0) {',
  },
  {
    name: 'read-before-applied',
    breaks: 'a read waits until its index is carried out (6.4)',
    file: 'apps/storage/src/consensus/waiting-reads.ts',
    find: 'if (index === undefined || index > applied) continue;',
    replace: 'if (index === undefined) continue;',
  },
  // Members.
  {
    name: 'learner-counts-as-voter',
    breaks: 'learners count for nothing (4.2.1)',
    file: 'libs/raft/src/replication/leadership.ts',
    find: 'majorityValue(configuration.voters, (voter)',
    replace:
      'majorityValue([...configuration.voters, ...configuration.learners].sort((a, b) => (b === id ? log.stable : this.replicator.match(b)) - (a === id ? log.stable : this.replicator.match(a))).slice(0, configuration.voters.length), (voter)',
  },
  {
    name: 'two-voters-leave-at-once',
    breaks: 'one change of members at a time (4.1)',
    file: 'libs/raft/src/membership/configuration.ts',
    find: '      return { voters: withoutName(voters, member), learners: withoutName(learners, member) };',
    replace:
      '      return { voters: withoutName(voters, member).slice(0, -1), learners: withoutName(learners, member) };',
  },
  // Disk and snapshots.
  {
    name: 'torn-tail-kept',
    breaks: 'a torn write is no part of the log',
    file: 'apps/storage/src/wal/wal-batch.ts',
    find: ' || checksum(records) !== segment.readUInt32LE(offset + 20)',
    replace: '',
  },
  {
    name: 'snapshot-without-term',
    breaks: 'a snapshot stands for its last entry (5.1)',
    file: 'libs/raft/src/log/raft-log.ts',
    find: '    this.#offsetTerm = term;\n',
    replace: '    this.#offsetTerm = 0;\n',
  },
  {
    name: 'snapshot-without-configuration',
    breaks: 'a snapshot brings the configuration (5.1)',
    file: 'libs/raft/src/log/raft-log.ts',
    find: 'new ConfigurationHistory(index, configuration ?? NOBODY)',
    replace: 'new ConfigurationHistory(index, NOBODY)',
  },
  {
    name: 'snapshot-without-answers',
    breaks: 'a repeated request is not carried out again, wherever it arrives',
    file: 'apps/storage/src/state-machine/state-machine.ts',
    find: 'if (response?.result !== undefined) this.#answered.remember(requestId, response.result);',
    replace: 'if (response === undefined) this.#answered.remember(requestId, response);',
  },
  // The store.
  {
    name: 'duplicate-applied-again',
    breaks: 'a repeated request is not carried out again',
    file: 'apps/storage/src/state-machine/state-machine.ts',
    find: '    if (known !== undefined) return known;\n',
    replace: '',
  },
  {
    name: 'compaction-removes-too-much',
    breaks: 'the state at the compacted revision stays readable',
    file: 'libs/kv/src/versions/version-store.ts',
    find: '    this.#compactTo = revision;\n',
    replace: '    this.#compactTo = revision + 1;\n',
  },
  {
    name: 'lease-not-extended-by-new-leader',
    breaks: 'a new leader gives every lease its whole time',
    file: 'libs/kv/src/leases/lease-clock.ts',
    find: 'for (const lease of leases) this.#begin(lease, now);\n',
    replace: 'for (const lease of leases) this.#begin(lease, now - lease.ttlSeconds * 500);\n',
  },
  {
    name: 'keep-alive-without-effect',
    breaks: 'an answered keep-alive gives the lease its whole time',
    file: 'libs/kv/src/leases/lease-clock.ts',
    find: '    lease.expiresAt = now + lease.ttlMs;\n',
    replace: '',
  },
  {
    name: 'quota-does-not-count',
    breaks: 'what would exceed the quota is refused',
    file: 'libs/kv/src/quota.ts',
    find: 'bytesUsed + cost > this.bytesMax',
    replace: 'cost > this.bytesMax',
  },
  {
    name: 'watch-begins-late',
    breaks: 'a watch begins with the revision that it asks for',
    file: 'libs/kv/src/watch/watch-hub.ts',
    find: 'store.revision + 1 : request.startRevision;',
    replace: 'store.revision + 1 : request.startRevision + 1;',
  },
  {
    name: 'full-watcher-misses',
    breaks: 'a watcher that was full reads on where it stopped',
    file: 'libs/kv/src/watch/watch-hub.ts',
    find: '      if (watcher.isOver || watcher.deliver(changes, to)) continue;\n',
    replace:
      '      if (watcher.isOver || watcher.isPaused || watcher.deliver(changes, to) || watcher.next > 0) continue;\n',
  },
  // The registry log.
  {
    name: 'publisher-leaves-out',
    breaks: 'no revision is missing in the registry log',
    file: 'libs/registry-log/src/publisher/registry-log-publisher.ts',
    find: 'if (source.changesAt(next) !== undefined) return next;',
    replace: 'if (source.changesAt(next + 1) !== undefined) return next + 1;',
  },
];

/** Throws `UnknownMutationError`. */
export function findMutation(name: string): Mutation {
  const mutation = MUTATIONS.find((candidate) => candidate.name === name);
  if (mutation === undefined) throw new UnknownMutationError(name);
  return mutation;
}

export class UnknownMutationError extends Error {
  override readonly name = 'UnknownMutationError';
  constructor(readonly mutation: string) {
    super(`there is no mutation ${mutation}; there are ${MUTATIONS.map(({ name }) => name).join(', ')}`);
  }
}
