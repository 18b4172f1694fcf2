import type { LogEntry, Subjects } from '@orrery/bus';
import { registryv1 } from '@orrery/proto';
import type { RevisionChange, RevisionValue } from '../source/revision-source.ts';
import { encodeEvent, type StoredObject } from './encode-event.ts';
import { readObjectFacts } from './object-facts.ts';
import { parseRegistryKey, type RegistryKey } from './registry-key.ts';

const Type = registryv1.Event_Type;
const NO_BYTES = new Uint8Array(0);

/**
 * The entry of the registry log for one revision, from the changes that it made: the same bytes whenever it is made. `undefined` where the revision
 * changed several objects, which one entry cannot tell.
 */
export function registryEntry(
  revision: number,
  changes: readonly RevisionChange[],
  subjects: Subjects,
): LogEntry | undefined {
  let told: { readonly change: RevisionChange; readonly key: RegistryKey } | undefined;
  for (const change of changes) {
    const key = parseRegistryKey(change.key);
    if (key === undefined) continue;
    if (told !== undefined) return undefined;
    told = { change, key };
  }
  return told === undefined
    ? emptyEntry(revision, changes, subjects)
    : objectEntry(revision, told.change, told.key, subjects);
}

function emptyEntry(revision: number, changes: readonly RevisionChange[], subjects: Subjects): LogEntry {
  const subject = subjects.registry({ group: '_', resource: '_', route: '', namespace: '', name: '' });
  const commitTimeMs = Math.trunc(changes[0]?.time ?? 0);
  const event = registryv1.Event.fromPartial({ revision, type: Type.TYPE_UNSPECIFIED, commitTimeMs });
  return { subject, position: revision, data: registryv1.Event.encode(event).finish() };
}

function objectEntry(revision: number, change: RevisionChange, key: RegistryKey, subjects: Subjects): LogEntry {
  const { current, previous } = change;
  const { group, resource, namespace, name } = key;
  const isPod = group === '' && resource === 'pods';
  const bytes = (current ?? previous)?.value ?? NO_BYTES;
  const { version, uid, nodeName } = readObjectFacts(bytes, isPod);
  const data = encodeEvent({
    revision,
    type: typeOf(change),
    group,
    version,
    resource,
    namespace,
    name,
    uid,
    commitTimeMs: Math.trunc(change.time),
    object: { bytes, resourceVersion: revision },
    previous: previous && storedObject(previous),
  });
  return {
    subject: subjects.registry({ group, resource, route: nodeName, namespace, name }),
    position: revision,
    data,
  };
}

function storedObject({ value, modRevision }: RevisionValue): StoredObject {
  return { bytes: value, resourceVersion: modRevision };
}

function typeOf({ current, previous }: RevisionChange): registryv1.Event_Type {
  if (current === undefined) return Type.TYPE_DELETED;
  return previous === undefined ? Type.TYPE_ADDED : Type.TYPE_MODIFIED;
}
