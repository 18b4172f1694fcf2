import type { storagev1 } from '@orrery/proto';

/** What members have told about themselves: how clients reach them. Who belongs to the cluster is for Raft to say. Part of the replicated state. */
export class PublishedMembers {
  readonly #members = new Map<string, storagev1.Member>();

  /** `undefined`: it has not told anything yet. */
  get(name: string): storagev1.Member | undefined {
    return this.#members.get(name);
  }

  /** In order of name. */
  all(): readonly storagev1.Member[] {
    return [...this.#members.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  publish(member: storagev1.Member): void {
    this.#members.set(member.name, member);
  }

  /** Forgets members that are in the cluster no more: one that comes back under an old name is a new one. */
  keepOnly(names: ReadonlySet<string>): void {
    for (const name of this.#members.keys()) if (!names.has(name)) this.#members.delete(name);
  }

  clear(): void {
    this.#members.clear();
  }
}
