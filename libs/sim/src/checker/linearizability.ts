/** What one client asked for, and what it was told. Times are of one true clock, which no client sees. */
export interface HistoryOperation<Input, Output> {
  readonly input: Input;
  /** Undefined: the client does not know what became of it. */
  readonly output: Output | undefined;
  readonly calledAt: number;
  /** Infinity: it may take effect at any time after `calledAt`, or never. */
  readonly returnedAt: number;
}

/** What the object under test does when its clients come one after another. */
export interface SequentialModel<State, Input, Output> {
  readonly initial: State;
  /** The state afterwards, or undefined where this output cannot come of this input in this state. An unknown output goes with every state. */
  step(state: State, input: Input, output: Output | undefined): State | undefined;
  /** The same text for the same state, and only then. */
  stateKey(state: State): string;
}

export type LinearizabilityVerdict =
  | { readonly kind: 'linearizable' }
  /** `stuckAt`: position of the operation that fits nowhere in the longest order that was found. */
  | { readonly kind: 'illegal'; readonly stuckAt: number }
  /** The bound on steps was reached first. */
  | { readonly kind: 'undecided' };

/** Steps of the search before it gives up. */
const STEPS_MAX = 500_000;

/** A call or a return in the list of what happened, in order of time. */
interface ListEntry {
  readonly operation: number;
  readonly isCall: boolean;
  previous: ListEntry | undefined;
  next: ListEntry | undefined;
}

/**
 * Is there one order of all operations that the model allows, in which none comes before another that had returned before it was called?
 *
 * The search of Wing and Gong (1993) with Lowe's memory of configurations seen before, over a list of calls and returns: an operation may come next
 * when no other has returned ahead of its call. Operations without a return may be left out.
 */
export function checkLinearizability<State, Input, Output>(
  model: SequentialModel<State, Input, Output>,
  history: readonly HistoryOperation<Input, Output>[],
  stepsMax = STEPS_MAX,
): LinearizabilityVerdict {
  const { head, returnOf } = eventList(history);
  const done = new DoneSet(history.length);
  const seen = new Set<string>();
  const path: { readonly call: ListEntry; readonly state: State }[] = [];
  let state = model.initial;
  let waiting = history.filter(({ returnedAt }) => returnedAt !== Number.POSITIVE_INFINITY).length;
  let longest = -1;
  let stuckAt = 0;
  let entry = head.next;
  for (let steps = 0; waiting > 0; steps++) {
    if (steps >= stepsMax) return { kind: 'undecided' };
    if (entry?.isCall) {
      const { operation } = entry;
      const { input, output, returnedAt } = at(history, operation);
      const after = model.step(state, input, output);
      done.add(operation);
      const isNew = after !== undefined && addTo(seen, `${done.key()}|${model.stateKey(after)}`);
      if (after === undefined || !isNew) {
        done.delete(operation);
        entry = entry.next;
        continue;
      }
      path.push({ call: entry, state });
      state = after;
      unlink(entry, returnOf[operation]);
      if (returnedAt !== Number.POSITIVE_INFINITY) waiting--;
      entry = head.next;
      continue;
    }
    // Somebody has returned whose operation is not in the order yet: back.
    if (entry !== undefined && path.length > longest) {
      longest = path.length;
      stuckAt = entry.operation;
    }
    const last = path.pop();
    if (last === undefined) return { kind: 'illegal', stuckAt };
    const { operation } = last.call;
    state = last.state;
    done.delete(operation);
    relink(last.call, returnOf[operation]);
    if (at(history, operation).returnedAt !== Number.POSITIVE_INFINITY) waiting++;
    entry = last.call.next;
  }
  return { kind: 'linearizable' };
}

/** At the same time, calls come before returns: the two operations count as concurrent. */
function eventList(history: readonly HistoryOperation<unknown, unknown>[]): {
  head: ListEntry;
  returnOf: (ListEntry | undefined)[];
} {
  const events = history.flatMap(({ calledAt, returnedAt }, operation) => {
    const call = { time: calledAt, operation, isCall: true };
    return returnedAt === Number.POSITIVE_INFINITY ? [call] : [call, { time: returnedAt, operation, isCall: false }];
  });
  events.sort((a, b) => a.time - b.time || Number(b.isCall) - Number(a.isCall) || a.operation - b.operation);
  const head: ListEntry = { operation: -1, isCall: false, previous: undefined, next: undefined };
  const returnOf: (ListEntry | undefined)[] = history.map(() => undefined);
  let last = head;
  for (const { operation, isCall } of events) {
    const entry: ListEntry = { operation, isCall, previous: last, next: undefined };
    last.next = entry;
    last = entry;
    if (!isCall) returnOf[operation] = entry;
  }
  return { head, returnOf };
}

function unlink(...entries: (ListEntry | undefined)[]): void {
  for (const entry of entries) {
    if (entry === undefined) continue;
    if (entry.previous !== undefined) entry.previous.next = entry.next;
    if (entry.next !== undefined) entry.next.previous = entry.previous;
  }
}

/** In the reverse order of `unlink`. */
function relink(call: ListEntry, returned: ListEntry | undefined): void {
  for (const entry of [returned, call]) {
    if (entry === undefined) continue;
    if (entry.previous !== undefined) entry.previous.next = entry;
    if (entry.next !== undefined) entry.next.previous = entry;
  }
}

/** The operations that are in the order: all up to some point, and a few behind it. */
class DoneSet {
  readonly #marks: Uint8Array;
  #firstMissing = 0;
  readonly #beyond = new Set<number>();

  constructor(size: number) {
    this.#marks = new Uint8Array(size);
  }

  add(operation: number): void {
    this.#marks[operation] = 1;
    this.#beyond.add(operation);
    while (this.#marks[this.#firstMissing] === 1) this.#beyond.delete(this.#firstMissing++);
  }

  delete(operation: number): void {
    this.#marks[operation] = 0;
    this.#beyond.delete(operation);
    while (this.#firstMissing > operation) {
      this.#firstMissing--;
      if (this.#marks[this.#firstMissing] === 1) this.#beyond.add(this.#firstMissing);
    }
  }

  key(): string {
    return this.#beyond.size === 0
      ? String(this.#firstMissing)
      : `${this.#firstMissing}:${[...this.#beyond].sort((a, b) => a - b).join()}`;
  }
}

function addTo(set: Set<string>, key: string): boolean {
  if (set.has(key)) return false;
  set.add(key);
  return true;
}

function at<T>(items: readonly T[], index: number): T {
  const item = items[index];
  if (item === undefined) throw new RangeError(`there is no operation ${index}`);
  return item;
}
