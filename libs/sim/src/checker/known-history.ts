import { registryv1 } from '@orrery/proto';
import type { Milliseconds } from '@orrery/runtime';
import type { LoggedChange } from '../storage/log-follower.ts';
import type { Held } from './key-group-model.ts';

const Type = registryv1.Event_Type;

/** Of what hangs on leases; it has a resource of its own. */
const LEASES = 'leases/';

interface Point {
  readonly revision: number;
  readonly held: Held | undefined;
}

/** The one history that the registry log tells: what each key held at each revision, and when each value was first seen. */
export class KnownHistory {
  /** Changes of the keys that clients use, in order. */
  readonly changes: { readonly revision: number; readonly key: string; readonly held: Held | undefined }[] = [];
  readonly #keys = new Map<string, Point[]>();
  readonly #writes = new Map<string, { readonly revision: number; readonly seenAt: Milliseconds }>();
  readonly #deletions = new Map<string, Milliseconds>();

  private constructor(
    readonly lastRevision: number,
    /** It is known from its beginning. */
    readonly isWhole: boolean,
  ) {}

  static of(changes: ReadonlyMap<number, LoggedChange>, isWhole: boolean): KnownHistory {
    const revisions = [...changes.keys()].sort((a, b) => a - b);
    const history = new KnownHistory(revisions.at(-1) ?? 0, isWhole);
    for (const revision of revisions) {
      const change = changes.get(revision);
      if (change !== undefined && change.key !== '') history.#add(change);
    }
    return history;
  }

  /** What the key held at that revision. */
  at(key: string, revision: number): Held | undefined {
    return this.#keys.get(key)?.findLast((point) => point.revision <= revision)?.held;
  }

  /** Keys that begin with `prefix`, whether or not they exist now. */
  keys(prefix: string): string[] {
    return [...this.#keys.keys()].filter((key) => key.startsWith(prefix));
  }

  /** Where that value was written. Values are written once. */
  write(value: string): { readonly revision: number; readonly seenAt: Milliseconds } | undefined {
    return this.#writes.get(value);
  }

  /** When it was first seen that the key with that value was deleted. */
  deletedAt(value: string): Milliseconds | undefined {
    return this.#deletions.get(value);
  }

  #add({ revision, key, uid, type, seenAt }: LoggedChange): void {
    const points = this.#keys.get(key) ?? [];
    this.#keys.set(key, points);
    if (type === Type.TYPE_DELETED) {
      points.push({ revision, held: undefined });
      this.#note(revision, key, undefined);
      this.#deletions.set(uid, seenAt);
      return;
    }
    const version = (points.at(-1)?.held?.version ?? 0) + 1;
    points.push({ revision, held: { value: uid, version } });
    this.#note(revision, key, { value: uid, version });
    this.#writes.set(uid, { revision, seenAt });
  }

  #note(revision: number, key: string, held: Held | undefined): void {
    if (!key.startsWith(LEASES)) this.changes.push({ revision, key, held });
  }
}
