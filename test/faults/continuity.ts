import type { Change, Labels } from './registry-record.ts';

/** One event of a watch; the revision is the object's in it. */
export interface SeenEvent {
  readonly type: string;
  readonly name: string;
  readonly revision: number;
}

/** What a client has seen of a resource without a gap: a list, and every event after it. */
export interface Segment {
  /** The revision of the list that it began with. */
  readonly from: number;
  /** Revisions of the objects in that list, by name. */
  readonly listed: ReadonlyMap<string, number>;
  /** In the order in which they came, whatever number of watches it took; bookmarks are among them. */
  readonly events: readonly SeenEvent[];
}

export type Selects = (labels: Labels) => boolean;

/** Where what a client has seen departs from the record: an event left out, told twice, in the wrong order, or another list. Empty: nowhere. */
export function breaksOf(segments: readonly Segment[], record: readonly Change[], selects: Selects): string[] {
  const events = record.flatMap((change) => eventOf(change, selects) ?? []);
  return segments.flatMap((segment, index) => {
    const { from, listed } = segment;
    const before = segments[index - 1];
    const went = before !== undefined && reachedBy(before) > from ? [`lists ${from} after ${reachedBy(before)}`] : [];
    const expected = events.filter(({ revision }) => revision > from && revision <= reachedBy(segment));
    const seen = segment.events.filter(({ type }) => type !== 'BOOKMARK');
    return [
      ...went,
      ...firstDifference(`the list at ${from}`, lines(listedAt(from, record, selects)), lines(listed)),
      ...firstDifference(`the events after ${from}`, expected.map(line), seen.map(line)),
      ...backwards(segment),
    ];
  });
}

/** A client has been told of everything up to here: the revision of the last event, or of a bookmark after it. */
export function reachedBy({ from, events }: Segment): number {
  return events.at(-1)?.revision ?? from;
}

/** Revisions only grow; a bookmark may repeat the last one, and nothing comes after it that it has promised to be over. */
function backwards({ from, events }: Segment): string[] {
  return events.flatMap((event, at) => {
    const before = events[at - 1]?.revision ?? from;
    const isAhead = event.type === 'BOOKMARK' ? event.revision >= before : event.revision > before;
    return isAhead ? [] : [`"${line(event)}" after ${before}`];
  });
}

/** The revision of the last event that a client with this selector is to see. */
export function lastEventOf(record: readonly Change[], selects: Selects): number {
  return record.findLast((change) => eventOf(change, selects) !== undefined)?.revision ?? 0;
}

/** What a watch with a selector tells of a change; `undefined`: nothing. */
function eventOf({ revision, name, type, labels, previousLabels }: Change, selects: Selects): SeenEvent | undefined {
  const was = type !== 'ADDED' && selects(previousLabels);
  const is = type !== 'DELETED' && selects(labels);
  if (was) return { type: is ? 'MODIFIED' : 'DELETED', name, revision };
  return is ? { type: 'ADDED', name, revision } : undefined;
}

function listedAt(revision: number, record: readonly Change[], selects: Selects): Map<string, number> {
  const found = new Map<string, number>();
  for (const change of record) {
    if (change.revision > revision) break;
    if (change.type !== 'DELETED' && selects(change.labels)) found.set(change.name, change.revision);
    else found.delete(change.name);
  }
  return found;
}

function line({ type, name, revision }: SeenEvent): string {
  return `${revision} ${type} ${name}`;
}

function lines(objects: ReadonlyMap<string, number>): string[] {
  return [...objects].map(([name, revision]) => `${name} ${revision}`).sort();
}

function firstDifference(what: string, expected: readonly string[], seen: readonly string[]): string[] {
  const length = Math.max(expected.length, seen.length);
  for (let at = 0; at < length; at += 1) {
    if (expected[at] === seen[at]) continue;
    return [`${what}: "${seen[at] ?? 'nothing'}" instead of "${expected[at] ?? 'nothing'}"`];
  }
  return [];
}
