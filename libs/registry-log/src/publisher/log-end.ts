import type { Log, LogPosition, Subjects } from '@orrery/bus';
import { registryv1 } from '@orrery/proto';
import { registryEntry } from '../event/registry-entry.ts';
import type { RevisionSource } from '../source/revision-source.ts';

/** Entries that are compared at most before the log is believed: only one with an object says much. */
const COMPARED_MAX = 8;

export interface LogEnd {
  readonly last: LogPosition;
  /**
   * Does the log tell the same as the source, as far as both still know? Not so after a cluster of the same name was made anew, and not where the
   * broker cannot read what it claims to keep.
   */
  readonly isOurs: boolean;
}

/** Where the log ends; from there on the source collects what changes. `doubtful` is a position at which somebody else has written. */
export async function findEnd(
  log: Log,
  source: RevisionSource,
  subjects: Subjects,
  doubtful: LogPosition | undefined,
): Promise<LogEnd> {
  const last = await log.lastPosition();
  const oldest = Math.min(last, doubtful ?? last);
  // What the entries in question say is to be compared too.
  await source.follow(Math.max(0, oldest - 1));
  const compare = (position: LogPosition): Promise<Comparison> => compareAt(position, log, source, subjects);
  if (oldest < last && (await compare(oldest)) === 'different') return { last, isOurs: false };
  for (let position = last; position > 0 && position > last - COMPARED_MAX; position--) {
    const comparison = await compare(position);
    if (comparison === 'different') return { last, isOurs: false };
    if (comparison !== 'empty') break;
  }
  return { last, isOurs: true };
}

type Comparison = 'same' | 'different' | 'empty' | 'unknown';

async function compareAt(
  position: LogPosition,
  log: Log,
  source: RevisionSource,
  subjects: Subjects,
): Promise<Comparison> {
  const changes = source.changesAt(position);
  const told = changes && registryEntry(position, changes, subjects);
  if (told === undefined) return 'unknown';
  const entry = await log.entryAt(position);
  if (entry === undefined) return (await isKept(log, position)) ? 'different' : 'unknown';
  const expected = registryv1.Event.decode(told.data);
  if (entry.subject !== told.subject || !isSame(decoded(entry.data), expected)) return 'different';
  return expected.type === registryv1.Event_Type.TYPE_UNSPECIFIED ? 'empty' : 'same';
}

/** Does the broker claim to keep what it cannot show? */
async function isKept(log: Log, position: LogPosition): Promise<boolean> {
  const first = await log.firstPosition();
  return first !== 0 && first <= position && (await log.entryAt(position)) === undefined;
}

/** Not byte for byte: another release may write its entries differently. */
function isSame(found: registryv1.Event | undefined, expected: registryv1.Event): boolean {
  return found !== undefined && found.type === expected.type && isEqual(found.object, expected.object);
}

/** `undefined` where it is no entry of ours. */
function decoded(data: Uint8Array): registryv1.Event | undefined {
  try {
    return registryv1.Event.decode(data);
  } catch (error) {
    // What the decoder throws at bytes that are no message has no class of its own.
    if (error instanceof Error) return undefined;
    throw error;
  }
}

function isEqual(left: Uint8Array, right: Uint8Array): boolean {
  return Buffer.compare(left, right) === 0;
}
