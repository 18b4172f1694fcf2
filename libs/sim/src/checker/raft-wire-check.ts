import { raftv1 } from '@orrery/proto';
import { Violation } from './violation.ts';

const Type = raftv1.Message_Type;

interface SeenEntry {
  readonly term: number;
  readonly data: string;
}

/** Entries remembered for comparison; older ones are forgotten. */
const ENTRIES_MAX = 20_000;

/**
 * Raft's promises, as far as they show on the wire (Ongaro's dissertation, figure 3.2): who leads, who was voted for, which entry stands where. Works on
 * what members say, so it knows nothing of how they do it.
 */
export class RaftWireCheck {
  /** By term, who spoke as its leader. */
  readonly #leaders = new Map<number, string>();
  /** By member and term, whom it voted for. */
  readonly #votes = new Map<string, string>();
  /** By index and term, what the entry holds. */
  readonly #entries = new Map<string, string>();
  /** By index, what a leader said is committed, and in which term it said so first. */
  readonly #committed = new Map<number, SeenEntry & { readonly committedIn: number }>();
  /** By leader and term, the terms of the entries that it sent. */
  #sentBy: { leader: string; term: number; terms: Map<number, SeenEntry> } | undefined;

  /** Says so from the first bytes, where the type stands (field 1, a varint): most messages need not be decoded. */
  static wants(data: Uint8Array): boolean {
    const type = data[0] === 0x08 ? data[1] : undefined;
    return type === Type.TYPE_APPEND || type === Type.TYPE_VOTE || type === Type.TYPE_VOTE_RESPONSE;
  }

  /** `onEntry` is told of each entry once. */
  constructor(private readonly onEntry: (data: Uint8Array) => void = () => {}) {}

  /** `from`: the machine that really sent it. Throws `Violation`. */
  see(from: string, message: raftv1.Message): void {
    if (message.from !== from) throw new Violation('members speak for themselves', `${from} sent as ${message.from}`);
    switch (message.type) {
      case Type.TYPE_VOTE_RESPONSE:
        if (!message.reject) this.#vote(from, message.term, message.to);
        break;
      case Type.TYPE_VOTE:
        this.#vote(from, message.term, from);
        break;
      case Type.TYPE_APPEND:
        this.#lead(from, message.term);
        this.#append(from, message);
        break;
      default:
    }
  }

  /** A member votes for one candidate in a term, also across restarts (3.4). */
  #vote(member: string, term: number, candidate: string): void {
    const key = `${member}/${term}`;
    const before = this.#votes.get(key);
    if (before !== undefined && before !== candidate) {
      throw new Violation('one vote in a term', `${member} voted in term ${term} for ${before} and for ${candidate}`);
    }
    this.#votes.set(key, candidate);
  }

  /** Election safety: at most one leader in a term. */
  #lead(member: string, term: number): void {
    const before = this.#leaders.get(term);
    if (before !== undefined && before !== member) {
      throw new Violation('election safety', `${before} and ${member} both lead in term ${term}`);
    }
    this.#leaders.set(term, member);
  }

  #append(leader: string, message: raftv1.Message): void {
    if (this.#sentBy?.leader !== leader || this.#sentBy.term !== message.term) {
      this.#sentBy = { leader, term: message.term, terms: new Map() };
    }
    for (const { index, term, data } of message.entries) {
      if (term > message.term) {
        throw new Violation('terms grow', `${leader} in term ${message.term} sent entry ${index} of term ${term}`);
      }
      const entry = { term, data: digest(data) };
      if (this.#isNew(leader, index, entry)) this.onEntry(data);
      this.#complete(leader, message.term, index, entry);
      this.#sentBy.terms.set(index, entry);
    }
    this.#commit(leader, message.term, message.commit);
    if (this.#entries.size > ENTRIES_MAX) this.#forget();
  }

  /** Log matching: index and term name one entry. */
  #isNew(leader: string, index: number, entry: SeenEntry): boolean {
    const key = `${index}/${entry.term}`;
    const before = this.#entries.get(key);
    if (before !== undefined && before !== entry.data) {
      throw new Violation(
        'log matching',
        `${leader} sent another entry ${index} of term ${entry.term} than was sent before`,
      );
    }
    this.#entries.set(key, entry.data);
    return before === undefined;
  }

  /** Leader completeness: what was committed stands in the log of every later leader. A deposed one may still send what it has. */
  #complete(leader: string, leaderTerm: number, index: number, entry: SeenEntry): void {
    const committed = this.#committed.get(index);
    if (committed === undefined || committed.term === entry.term || leaderTerm < committed.committedIn) return;
    const terms = `term ${entry.term} instead of ${committed.term}`;
    throw new Violation('leader completeness', `${leader} has entry ${index} of ${terms}, which was committed`);
  }

  /** State machine safety: at one index only one entry is ever committed. */
  #commit(leader: string, leaderTerm: number, commit: number): void {
    const terms = this.#sentBy?.terms ?? new Map<number, SeenEntry>();
    for (const [index, entry] of terms) {
      if (index > commit) continue;
      terms.delete(index);
      const before = this.#committed.get(index);
      if (before !== undefined && before.term !== entry.term) {
        const detail = `${leader} commits entry ${index} of term ${entry.term}, before it was that of term ${before.term}`;
        throw new Violation('state machine safety', detail);
      }
      if (before === undefined) this.#committed.set(index, { ...entry, committedIn: leaderTerm });
    }
  }

  #forget(): void {
    for (const key of [...this.#entries.keys()].slice(0, ENTRIES_MAX / 2)) this.#entries.delete(key);
    for (const index of [...this.#committed.keys()].slice(0, -ENTRIES_MAX / 2)) this.#committed.delete(index);
  }
}

/** FNV-1a. */
function digest(data: Uint8Array): string {
  let hash = 0x811c9dc5;
  for (const byte of data) hash = Math.imul(hash ^ byte, 0x01000193);
  return `${data.length}/${hash >>> 0}`;
}
