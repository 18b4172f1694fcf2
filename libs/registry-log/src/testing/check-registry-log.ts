import type { Log, LogEntry, Subjects } from '@orrery/bus';
import { registryv1 } from '@orrery/proto';
import { registryEntry } from '../event/registry-entry.ts';
import type { RevisionChange } from '../source/revision-source.ts';

/** What the log is compared with. */
export interface KnownHistory {
  readonly revision: number;
  /** Empty where `revision` changed nothing; `undefined` where it is not known any more. */
  changesAt(revision: number): readonly RevisionChange[] | undefined;
}

/** Everything that the log keeps now, oldest first. The log must not be written meanwhile, and its broker must be there. */
export async function readRegistryLog(log: Log): Promise<LogEntry[]> {
  const first = await log.firstPosition();
  const last = await log.lastPosition();
  const entries: LogEntry[] = [];
  if (first === 0) return entries;
  for await (const entry of log.follow({ after: first - 1, signal: new AbortController().signal })) {
    entries.push(entry);
    if (entry.position >= last) break;
  }
  return entries;
}

/**
 * Compares entries that were read in this order with the history: each position once and the next one after it, each entry exactly what its revision
 * changed. Returns what is wrong in words; nothing where all is well. What the history does not know any more is checked for its order only.
 */
export function checkRegistryLog(entries: readonly LogEntry[], history: KnownHistory, subjects: Subjects): string[] {
  const faults: string[] = [];
  entries.forEach((entry, at) => {
    const before = entries[at - 1];
    if (before !== undefined && entry.position !== before.position + 1) {
      faults.push(`${entry.position} follows ${before.position}`);
    }
    faults.push(...faultsOf(entry, history, subjects));
  });
  return faults;
}

/** Like `checkRegistryLog`, and the log has to end where the history does. */
export function checkWholeRegistryLog(
  entries: readonly LogEntry[],
  history: KnownHistory,
  subjects: Subjects,
): string[] {
  const last = entries.at(-1)?.position ?? 0;
  const ends = last === history.revision ? [] : [`the log ends at ${last}, the history at ${history.revision}`];
  return [...checkRegistryLog(entries, history, subjects), ...ends];
}

function faultsOf(entry: LogEntry, history: KnownHistory, subjects: Subjects): string[] {
  const { position, subject, data } = entry;
  const { revision } = registryv1.Event.decode(data);
  if (revision !== position) return [`revision ${revision} stands at ${position}`];
  if (position > history.revision) return [`${position} was never reached`];
  const changes = history.changesAt(position);
  if (changes === undefined) return [];
  const expected = registryEntry(position, changes, subjects);
  if (expected === undefined) return [`${position} changed several objects`];
  if (expected.subject !== subject) return [`${position} is on ${subject} instead of ${expected.subject}`];
  return Buffer.compare(expected.data, data) === 0 ? [] : [`${position} tells something else than what it changed`];
}
