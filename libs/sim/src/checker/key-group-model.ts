import type { SequentialModel } from './linearizability.ts';

/** What a key holds. Versions count the changes since its creation, from 1. */
export interface Held {
  readonly value: string;
  readonly version: number;
}

/** One change: a value, or undefined for a deletion. */
export interface Write {
  readonly key: string;
  readonly value: string | undefined;
}

/** What clients do with a group of keys that transactions touch together. */
export type GroupInput =
  | { readonly kind: 'read' }
  /** Writes all where each named key has that version (0: does not exist); otherwise nothing. */
  | {
      readonly kind: 'txn';
      readonly expect: readonly { key: string; version: number }[];
      readonly writes: readonly Write[];
    };

export type GroupOutput =
  | { readonly kind: 'read'; readonly held: Readonly<Record<string, Held>> }
  /** `previous`: what each write replaced, in order, where it was asked for. */
  | { readonly kind: 'txn'; readonly succeeded: boolean; readonly previous?: readonly (Held | undefined)[] };

/** A request with the store's revision that it read or made, where that is known; otherwise 0. */
export type RevisedInput = GroupInput & { readonly revision: number };

export interface GroupState {
  readonly held: ReadonlyMap<string, Held>;
  /** The store's, as far as requests on this group have told it. */
  readonly revision: number;
}

/** A group of keys, by etcd's rules of transactions: revisions never go back, and every write makes a new one. */
export const keyGroupModel: SequentialModel<GroupState, RevisedInput, GroupOutput> = {
  initial: { held: new Map(), revision: 0 },

  step(state, input, output) {
    const { revision } = input;
    if (revision > 0 && revision < state.revision) return undefined;
    const seen = { held: state.held, revision: Math.max(revision, state.revision) };
    if (input.kind === 'read') {
      return output === undefined || (output.kind === 'read' && isHeld(state.held, output.held)) ? seen : undefined;
    }
    const succeeds = input.expect.every(({ key, version }) => (state.held.get(key)?.version ?? 0) === version);
    if (output !== undefined && (output.kind !== 'txn' || output.succeeded !== succeeds)) return undefined;
    if (!succeeds) return seen;
    if (revision > 0 && revision === state.revision) return undefined;
    if (!isReplaced(state.held, input.writes, output)) return undefined;
    return { held: written(state.held, input.writes), revision: seen.revision };
  },

  stateKey({ held, revision }) {
    return `${revision} ${[...held].map(([key, { value, version }]) => `${key}=${value}#${version}`).join()}`;
  },
};

function isHeld(state: ReadonlyMap<string, Held>, held: Readonly<Record<string, Held>>): boolean {
  const keys = Object.keys(held);
  return keys.length === state.size && keys.every((key) => isSame(state.get(key), held[key]));
}

function isReplaced(
  state: ReadonlyMap<string, Held>,
  writes: readonly Write[],
  output: GroupOutput | undefined,
): boolean {
  if (output?.kind !== 'txn' || output.previous === undefined) return true;
  const { previous } = output;
  return writes.every(({ key }, at) => isSame(state.get(key), previous[at]));
}

function isSame(a: Held | undefined, b: Held | undefined): boolean {
  return a?.value === b?.value && a?.version === b?.version;
}

/** In order of the keys, so that the same state has one text. */
function written(held: ReadonlyMap<string, Held>, writes: readonly Write[]): ReadonlyMap<string, Held> {
  const next = new Map(held);
  for (const { key, value } of writes) {
    if (value === undefined) next.delete(key);
    else next.set(key, { value, version: (held.get(key)?.version ?? 0) + 1 });
  }
  return new Map([...next].sort(([a], [b]) => (a < b ? -1 : 1)));
}
