import { STREAM_ADVISORY } from '../nats/nats-log-conventions.ts';
import { Subjects, subjectToken } from '../subjects.ts';
import type { BusUser } from './nats-server-configuration.ts';

export interface ServiceUsersOptions {
  readonly cluster: string;
  /** Names of the nodes. */
  readonly nodes: readonly string[];
  /** The password of each user, by its name. */
  readonly password: (user: string) => string;
  /** Who writes the registry log: storage, or the API servers where an etcd cluster keeps the objects. Default `storage`. */
  readonly registryWriter?: 'storage' | 'apiserver';
}

/** Which service, and for those that run on each node, where. */
export type BusRole =
  | 'storage'
  | 'apiserver'
  | 'scheduler'
  | 'controller-manager'
  | 'orrery'
  | { readonly service: 'kubelet' | 'container-runtime' | 'kube-proxy' | 'pod-network'; readonly node: string };

/** The broker's name for a role: `storage`, `kubelet-node-1`. */
export function busUserName(role: BusRole): string {
  return typeof role === 'string' ? role : `${role.service}-${role.node}`;
}

/** All users of one cluster. A compromised node can read what its own kubelet reads, and nothing that is another node's. */
export function serviceUsers({ cluster, nodes, password, registryWriter = 'storage' }: ServiceUsersOptions): BusUser[] {
  const roles: BusRole[] = ['storage', 'apiserver', 'scheduler', 'controller-manager', 'orrery'];
  for (const node of nodes) {
    for (const service of ['kubelet', 'container-runtime', 'kube-proxy', 'pod-network'] as const) {
      roles.push({ service, node });
    }
  }
  const subjects = new Subjects(cluster);
  return roles.map((role) => {
    const name = busUserName(role);
    const writes = role === registryWriter ? writesRegistry(subjects) : NOTHING;
    return { name, password: password(name), ...merged(permissionsOf(subjects, role), writes) };
  });
}

interface Permissions {
  readonly publish: string[];
  readonly subscribe: string[];
}

const NOTHING: Permissions = { publish: [], subscribe: [] };

function permissionsOf(subjects: Subjects, role: BusRole): Permissions {
  return merged(own(subjects, role), everybody(subjects, role));
}

/** What a service does that others do not. */
function own(subjects: Subjects, role: BusRole): Permissions {
  if (typeof role !== 'string') return ofNode(subjects, role.service, role.node);
  const { cluster } = subjects;
  switch (role) {
    case 'storage':
      return merged(followsAll(subjects), {
        publish: [`${cluster}.raft.>`, `${cluster}.kv.>`, '_INBOX.*.*.r.*'],
        subscribe: [`${cluster}.raft.>`, subjects.kv(), `${cluster}.kv.>`, subjects.backup()],
      });
    case 'apiserver':
      return merged(callsApi(subjects, 'system:apiserver'), followsAll(subjects), {
        publish: [subjects.kv(), `${cluster}.kv.>`, '_INBOX.storage.*.c.*', '_INBOX.*.*.r.*'],
        subscribe: [subjects.apiOfAll()],
      });
    case 'scheduler':
      return merged(callsApi(subjects, 'system:kube-scheduler'), followsAll(subjects));
    case 'controller-manager':
      return merged(callsApi(subjects, 'system:kube-controller-manager'), followsAll(subjects));
    case 'orrery':
      return merged(callsApi(subjects, 'system:admin'), followsAll(subjects), {
        publish: [`${cluster}.status.>`, `${cluster}.chaos.>`, subjects.backup(), '_INBOX.*.*.c.*'],
        subscribe: [],
      });
    default:
      return role satisfies never;
  }
}

function ofNode(subjects: Subjects, service: string, node: string): Permissions {
  switch (service) {
    case 'kubelet':
      return merged(
        callsApi(subjects, `system:node:${node}`),
        follows([
          subjects.registryOf('', 'pods', node),
          subjects.registryOf('', 'nodes'),
          subjects.registryOf('', 'services'),
        ]),
      );
    case 'kube-proxy':
      return merged(
        callsApi(subjects, 'system:kube-proxy'),
        follows([
          subjects.registryOf('', 'services'),
          subjects.registryOf('', 'nodes'),
          subjects.registryOf('discovery.k8s.io', 'endpointslices'),
        ]),
      );
    case 'pod-network':
      return merged(callsApi(subjects, `system:node:${node}`), follows([subjects.registryOf('', 'nodes')]));
    default:
      return NOTHING;
  }
}

/** Its own inbox, and answering questions about its status and orders of `orrery chaos`. */
function everybody({ cluster }: Subjects, role: BusRole): Permissions {
  const service = subjectToken(typeof role === 'string' ? role : role.service);
  const instance = typeof role === 'string' ? '*' : subjectToken(role.node);
  return {
    // Answers to the launcher. Not by `allow_responses`: the broker remembers every subject that it has allowed so, and searches them all.
    publish: ['_INBOX.orrery.*.r.*'],
    subscribe: [
      `_INBOX.${subjectToken(busUserName(role))}.>`,
      `${cluster}.status.${service}.${instance}`,
      `${cluster}.chaos.${service}.${instance}`,
    ],
  };
}

/** Requests as this user, and telling API servers to stop a streamed reply. */
function callsApi(subjects: Subjects, user: string): Permissions {
  return { publish: [subjects.api(user), '_INBOX.apiserver.*.c.*'], subscribe: [] };
}

/**
 * Consumers on the registry log with one of these filters; entries come to the user's own inbox. The streams that are the log one after the other have names
 * of their own: which of them is meant is left open, and the filter, of which a stream has to hold some part, says it well enough.
 */
function follows(filters: readonly string[]): Permissions {
  const creates = filters.map((filter) => `$JS.API.CONSUMER.CREATE.*.*.${filter}`);
  return { publish: ['$JS.API.STREAM.NAMES', ...creates, '$JS.FC.*.>'], subscribe: [STREAM_ADVISORY] };
}

function followsAll(subjects: Subjects): Permissions {
  return merged(follows([subjects.registryOfAll()]), { publish: ['$JS.API.STREAM.INFO.*'], subscribe: [] });
}

function writesRegistry(subjects: Subjects): Permissions {
  const calls = ['INFO', 'CREATE', 'UPDATE', 'PURGE', 'DELETE', 'MSG.GET'].map((verb) => `$JS.API.STREAM.${verb}.*`);
  return merged(followsAll(subjects), { publish: [...calls, subjects.registryOfAll()], subscribe: [] });
}

function merged(...parts: readonly Permissions[]): Permissions {
  return {
    publish: [...new Set(parts.flatMap((part) => part.publish))],
    subscribe: [...new Set(parts.flatMap((part) => part.subscribe))],
  };
}
