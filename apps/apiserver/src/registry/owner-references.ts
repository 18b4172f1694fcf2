import { type ApiObject, deepEqual, type OwnerReference } from '@orrery/api';
import type { RequestNotes } from './request-notes.ts';

/** Where repeated owner references are found: in what the client sent, or in what admission made of it. */
export type FoundRepeats = 'asSent' | 'afterAdmission';

/** Leaves each owner reference once, and warns of those that were repeated. Changes `object`. */
export function dedupOwnerReferences({ metadata }: ApiObject, notes: RequestNotes, found: FoundRepeats): void {
  const { ownerReferences = [] } = metadata;
  if (ownerReferences.length < 2) return;
  const byUid = new Map<string, OwnerReference[]>();
  const repeated: string[] = [];
  const kept = ownerReferences.filter((reference) => {
    const seen = byUid.get(reference.uid) ?? [];
    if (seen.some((other) => deepEqual(other, reference))) {
      repeated.push(reference.uid);
      return false;
    }
    byUid.set(reference.uid, [...seen, reference]);
    return true;
  });
  if (repeated.length === 0) return;
  metadata.ownerReferences = kept;
  const where = found === 'asSent' ? '' : ' after mutating admission happens';
  notes.warn(
    `.metadata.ownerReferences contains duplicate entries${where}; API server dedups owner references in 1.20+, and may reject such requests as early as 1.24; please fix your requests; duplicate UID(s) observed: ${repeated.join(', ')}`,
  );
}
