import { spliceResourceVersion } from '@orrery/api';
import type { Subjects } from '@orrery/bus';
import type { Change } from '@orrery/kv';
import { registryv1 } from '@orrery/proto';
import { REGISTRY_PREFIX } from '../state-machine/state-machine.ts';

const Type = registryv1.Event_Type;
const NO_BYTES = new Uint8Array(0);
const decoder = new TextDecoder();

export interface RegistryEvent {
  readonly subject: string;
  readonly event: registryv1.Event;
}

/** The entry of the registry log for one revision, from the changes that it made. */
export function registryEvent(revision: number, changes: readonly Change[], subjects: Subjects): RegistryEvent {
  for (const change of changes) {
    const key = parseKey(change.key);
    if (key !== undefined) return objectEvent(change, key, subjects);
  }
  const subject = subjects.registry({ group: '_', resource: '_', route: '', namespace: '', name: '' });
  const commitTimeMs = Math.trunc(changes[0]?.time ?? 0);
  return { subject, event: registryv1.Event.fromPartial({ revision, type: Type.TYPE_UNSPECIFIED, commitTimeMs }) };
}

interface ObjectKeyParts {
  readonly group: string;
  readonly resource: string;
  readonly namespace: string;
  readonly name: string;
}

function objectEvent(change: Change, key: ObjectKeyParts, subjects: Subjects): RegistryEvent {
  const { revision, current, previous } = change;
  const stored = (current ?? previous)?.value ?? NO_BYTES;
  const facts = readFacts(stored);
  const { group, resource, namespace, name } = key;
  const route = group === '' && resource === 'pods' ? facts.nodeName : '';
  return {
    subject: subjects.registry({ group, resource, route, namespace, name }),
    event: {
      revision,
      type: typeOf(change),
      group,
      version: facts.version,
      resource,
      namespace,
      name,
      uid: facts.uid,
      commitTimeMs: Math.trunc(change.time),
      traceParent: '',
      object: spliceResourceVersion(stored, revision),
      previous: previous === undefined ? NO_BYTES : spliceResourceVersion(previous.value, previous.modRevision),
    },
  };
}

function typeOf({ current, previous }: Change): registryv1.Event_Type {
  if (current === undefined) return Type.TYPE_DELETED;
  return previous === undefined ? Type.TYPE_ADDED : Type.TYPE_MODIFIED;
}

/** `/registry/<group>/<resource>/<namespace or _>/<name>`; `undefined` for every other key. */
function parseKey(key: string): ObjectKeyParts | undefined {
  if (!key.startsWith(REGISTRY_PREFIX)) return undefined;
  const text = Buffer.from(key.slice(REGISTRY_PREFIX.length), 'latin1').toString('utf8');
  const [group, resource, namespace, ...name] = text.split('/');
  if (group === undefined || resource === undefined || namespace === undefined || name.length === 0) return undefined;
  return {
    group: group === 'core' ? '' : group,
    resource,
    namespace: namespace === '_' ? '' : namespace,
    name: name.join('/'),
  };
}

interface ObjectFacts {
  readonly version: string;
  readonly uid: string;
  readonly nodeName: string;
}

/** Storage takes any bytes; what is no object of the API has no facts. */
function readFacts(stored: Uint8Array): ObjectFacts {
  try {
    const object = JSON.parse(decoder.decode(stored)) as {
      apiVersion?: string;
      metadata?: { uid?: string };
      spec?: { nodeName?: string };
    };
    const version = object.apiVersion ?? '';
    return {
      version: version.slice(version.indexOf('/') + 1),
      uid: object.metadata?.uid ?? '',
      nodeName: object.spec?.nodeName ?? '',
    };
  } catch (error) {
    if (error instanceof SyntaxError) return { version: '', uid: '', nodeName: '' };
    throw error;
  }
}
