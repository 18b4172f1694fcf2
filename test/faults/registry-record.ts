import { registryv1 } from '@orrery/proto';
import type { TestCluster } from '@orrery/testing';

/** One change of one object, as the registry log tells it. */
export interface Change {
  readonly revision: number;
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED';
  readonly name: string;
  readonly uid: string;
  /** After the change; of a deleted object its last ones. */
  readonly labels: Labels;
  /** Before the change. */
  readonly previousLabels: Labels;
}

export type Labels = Readonly<Record<string, string>>;

interface Place {
  readonly resource: string;
  readonly namespace: string;
}

const types = {
  [registryv1.Event_Type.TYPE_ADDED]: 'ADDED',
  [registryv1.Event_Type.TYPE_MODIFIED]: 'MODIFIED',
  [registryv1.Event_Type.TYPE_DELETED]: 'DELETED',
} as const;

/** Every change of a resource in a namespace from the cluster's first revision on: the truth that clients are compared with. */
export async function registryRecord(cluster: TestCluster, { resource, namespace }: Place): Promise<Change[]> {
  const { bus, subjects } = await cluster.connect(`record-of-${resource}`);
  const log = await bus.log(subjects.registryLog(), { subjects: [subjects.registryOfAll()], bytesMax: 0 });
  const last = await log.lastPosition();
  const changes: Change[] = [];
  const end = new AbortController();
  for await (const { position, data } of log.follow({ after: 0, signal: end.signal })) {
    const event = registryv1.Event.decode(data);
    if (event.resource === resource && event.namespace === namespace) changes.push(changeOf(event));
    if (position >= last) end.abort();
  }
  return changes;
}

function changeOf(event: registryv1.Event): Change {
  const { revision, type, name, uid, object, previous } = event;
  const told = types[type as keyof typeof types];
  if (told === undefined) throw new Error(`revision ${revision} tells of no change of ${name}`);
  return { revision, type: told, name, uid, labels: labelsOf(object), previousLabels: labelsOf(previous) };
}

function labelsOf(bytes: Uint8Array): Labels {
  if (bytes.length === 0) return {};
  const { metadata } = JSON.parse(Buffer.from(bytes).toString('utf8')) as { metadata: { labels?: Labels } };
  return metadata.labels ?? {};
}
