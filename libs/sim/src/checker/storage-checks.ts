import { registryv1 } from '@orrery/proto';
import type { Milliseconds } from '@orrery/runtime';
import type { LoggedChange } from '../storage/log-follower.ts';
import type { GroupOperation, LeaseRecord } from '../storage/operation-log.ts';
import { type GroupOutput, type Held, keyGroupModel, type RevisedInput } from './key-group-model.ts';
import type { KnownHistory } from './known-history.ts';
import { checkLinearizability, type HistoryOperation } from './linearizability.ts';
import { Violation } from './violation.ts';

/** Clocks run at slightly different rates; a lease may be that much shorter. */
const LEASE_TOLERANCE = 0.02;

export interface LinearizabilityCount {
  readonly checked: number;
  /** Groups whose search was given up. */
  readonly undecided: number;
}

/**
 * Each group's requests have an order that etcd's rules allow. `proposed`: ids of those that the members told each other of; undefined where there
 * was nobody to tell. Throws `Violation`.
 */
export function checkGroups(
  operations: readonly GroupOperation[],
  history: KnownHistory,
  proposed: ReadonlySet<string> | undefined,
): LinearizabilityCount {
  let checked = 0;
  let undecided = 0;
  for (const [group, ofGroup] of Map.groupBy(operations, (operation) => operation.group)) {
    const relevant = ofGroup.flatMap((operation) => {
      const resolved = resolve(operation, history, proposed);
      return resolved === undefined ? [] : [{ operation, resolved }];
    });
    const verdict = checkLinearizability(
      keyGroupModel,
      relevant.map(({ resolved }) => resolved),
    );
    checked += relevant.length;
    if (verdict.kind === 'undecided') undecided++;
    if (verdict.kind !== 'illegal') continue;
    const stuck = relevant[verdict.stuckAt]?.operation;
    const near = relevant
      .map(({ operation }) => operation)
      .filter(
        ({ calledAt, returnedAt }) => stuck && returnedAt >= stuck.calledAt - 2_000 && calledAt <= stuck.returnedAt,
      )
      .slice(0, 12);
    const detail = `${group}: ${stuck?.id} fits nowhere among\n${near.map(describe).join('\n')}`;
    throw new Violation('requests are linearizable', detail);
  }
  return { checked, undecided };
}

/** What the search has to place; undefined where the request changed and told nothing. */
function resolve(
  operation: GroupOperation,
  history: KnownHistory,
  proposed: ReadonlySet<string> | undefined,
): HistoryOperation<RevisedInput, GroupOutput> | undefined {
  const { output, calledAt, returnedAt, serializable, atRevision } = operation;
  if (serializable || atRevision > 0) return undefined;
  const input = { ...operation.input, revision: operation.revision };
  if (output !== undefined) return { input, output, calledAt, returnedAt };
  if (input.kind === 'read') return undefined;
  const value = input.writes.findLast((write) => write.value !== undefined)?.value;
  const write = value === undefined ? undefined : history.write(value);
  // Nobody was told, but the log knows: it happened before it was seen there, or, once all is known, it never did.
  if (write !== undefined) {
    const revision = write.revision;
    return { input: { ...input, revision }, output, calledAt, returnedAt: write.seenAt };
  }
  const neverWas = (history.isWhole && value !== undefined) || proposed?.has(operation.id) === false;
  return neverWas ? undefined : { input, output, calledAt, returnedAt };
}

/**
 * Every answer fits the one history: a read shows what the keys held at the revision that it names, a write stands where it says, and what was
 * asked later does not show an earlier state. Throws `Violation`.
 */
export function checkAnswers(operations: readonly GroupOperation[], history: KnownHistory): void {
  for (const operation of operations) {
    const { output, input, revision } = operation;
    if (output === undefined || !history.isWhole) continue;
    if (output.kind === 'read') checkRead(operation, output.held, history);
    if (output.kind !== 'txn' || !output.succeeded || input.kind !== 'txn') continue;
    for (const { value } of input.writes) {
      if (value === undefined) continue;
      const written = history.write(value);
      if (written === undefined)
        throw new Violation('acknowledged writes stay', `${value} of revision ${revision} is gone`);
      if (written.revision > revision || written.revision <= revision - input.writes.length) {
        throw new Violation(
          'writes stand at their revision',
          `${value} is at ${written.revision}, was told ${revision}`,
        );
      }
    }
  }
  checkOrder(operations);
}

function checkRead(operation: GroupOperation, held: Readonly<Record<string, Held>>, history: KnownHistory): void {
  const { group, atRevision } = operation;
  const revision = atRevision > 0 ? atRevision : operation.revision;
  if (revision > history.lastRevision) throw new Violation('reads show what is in the log', describe(operation));
  const keys = new Set([...Object.keys(held), ...history.keys(`${group}/`)]);
  for (const key of keys) {
    const expected = history.at(key, revision);
    const got = held[key];
    if (expected?.value === got?.value && expected?.version === got?.version) continue;
    const detail = `${describe(operation)}: ${key} was ${text(expected)} at revision ${revision}, not ${text(got)}`;
    throw new Violation('reads show the history', detail);
  }
}

/** By real time, revisions do not go back. */
function checkOrder(operations: readonly GroupOperation[]): void {
  const told = operations.filter(({ output, atRevision }) => output !== undefined && atRevision === 0);
  const byReturn = [...told].sort((a, b) => a.returnedAt - b.returnedAt);
  let next = 0;
  let newest: GroupOperation | undefined;
  for (const operation of [...told].sort((a, b) => a.calledAt - b.calledAt)) {
    for (let other = byReturn[next]; other && other.returnedAt < operation.calledAt; other = byReturn[++next]) {
      if (newest === undefined || other.revision > newest.revision) newest = other;
    }
    if (operation.serializable || newest === undefined || operation.revision >= newest.revision) continue;
    throw new Violation('no answer is older than one before', `${describe(newest)}\nthen\n${describe(operation)}`);
  }
}

/** All followers got the same, as far as they got the same revisions. Throws `Violation`. */
export function checkFollowers(followers: readonly ReadonlyMap<number, LoggedChange>[]): void {
  const [first, ...others] = followers;
  if (first === undefined) return;
  for (const other of others) {
    for (const [revision, { subject, data }] of other) {
      const expected = first.get(revision);
      if (expected === undefined || (expected.subject === subject && Buffer.compare(expected.data, data) === 0))
        continue;
      const detail = `revision ${revision}: ${readable(expected.data)} and ${readable(data)}`;
      throw new Violation('followers of the registry log get the same', detail);
    }
  }
}

function readable(data: Uint8Array): string {
  const { type, name, uid, commitTimeMs } = registryv1.Event.decode(data);
  return `${registryv1.Event_Type[type]} ${name} ${uid} (${commitTimeMs})`;
}

/** No lease ends before its time, and none that nobody renews stays for ever. Throws `Violation`. */
export function checkLeases(leases: readonly LeaseRecord[], history: KnownHistory, endedAt: Milliseconds): void {
  for (const lease of leases) {
    const deletedAt = history.deletedAt(lease.value);
    const { id, ttlMs, renewedAt, askedAt, revokedAt } = lease;
    const safeUntil = renewedAt + ttlMs * (1 - LEASE_TOLERANCE);
    if (deletedAt !== undefined && deletedAt < safeUntil && (revokedAt === undefined || revokedAt > deletedAt)) {
      const detail = `${id} of ${ttlMs} ms was renewed at ${renewedAt} and gone at ${deletedAt}`;
      throw new Violation('no lease ends early', detail);
    }
    const shouldBeGone = Math.max(askedAt, revokedAt ?? 0) + 2 * ttlMs + LATE_MS < endedAt;
    if (deletedAt === undefined && shouldBeGone && history.isWhole && history.write(lease.value) !== undefined) {
      throw new Violation(
        'leases end',
        `${id} of ${ttlMs} ms was last renewed at ${askedAt} and is there at ${endedAt}`,
      );
    }
  }
}

/** A member that takes over grants all leases their whole time again. */
const LATE_MS = 10_000;

function describe({
  id,
  group,
  input,
  output,
  calledAt,
  returnedAt,
  revision,
  atRevision,
  serializable,
}: GroupOperation): string {
  const what =
    input.kind === 'read'
      ? `${serializable ? 'local ' : ''}read ${group}${atRevision > 0 ? ` as of ${atRevision}` : ''}`
      : input.writes.map(({ key, value }) => `${key}=${value ?? 'deleted'}`).join(' ');
  const expected = input.kind === 'txn' ? input.expect.map(({ key, version }) => ` if ${key}#${version}`).join() : '';
  const told =
    output === undefined
      ? 'unknown'
      : output.kind === 'read'
        ? Object.entries(output.held)
            .map(([key, held]) => `${key}:${text(held)}`)
            .join(' ')
        : `${output.succeeded}${output.previous ? ` before: ${output.previous.map(text).join(', ')}` : ''}`;
  const span = `${(calledAt / 1000).toFixed(3)}–${(returnedAt / 1000).toFixed(3)}s`;
  return `  ${span} ${id} ${what}${expected} → ${told} at ${revision}`;
}

function text(held: Held | undefined): string {
  return held === undefined ? 'nothing' : `${held.value}#${held.version}`;
}
